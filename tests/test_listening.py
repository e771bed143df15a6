"""When a run is taken to be dead: only after nothing was heard of it for as long as we have listened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tasks.listening import Listening, rhythm_of

RUN, OTHER = uuid4(), uuid4()
BEATS = [uuid4() for _ in range(3)]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def heard(listening: Listening, now: float, beats: list[UUID], *, run: UUID = RUN, rhythm: float = 30) -> bool | None:
    return listening.hear(run, beats, rhythm, now)


def test_a_run_of_which_nothing_new_is_heard_has_died() -> None:
    listening = Listening(90)

    assert [heard(listening, now, BEATS[:1]) for now in (0, 45, 89.9, 90)] == [None, None, None, False]


def test_one_new_beat_is_enough_to_live() -> None:
    listening = Listening(90)

    assert [heard(listening, 0, BEATS[:1]), heard(listening, 89, BEATS[:2]), heard(listening, 500, BEATS[:2])] == [
        None,
        True,
        True,
    ]


def test_a_run_without_a_heartbeat_is_left_alone() -> None:
    assert heard(Listening(90), 0, []) is True


def test_old_beats_that_are_stored_no_longer_are_no_new_ones() -> None:
    listening = Listening(90)
    heard(listening, 0, BEATS)

    assert heard(listening, 90, BEATS[1:]) is False


def test_what_could_not_be_heard_while_the_server_was_away_does_not_count() -> None:
    listening = Listening(90)
    heard(listening, 0, BEATS[:1])
    listening.begin_anew()

    assert [heard(listening, now, BEATS[:1]) for now in (100, 189, 190)] == [None, None, False]


def test_a_slow_heart_is_listened_to_for_longer() -> None:
    listening = Listening(90)
    heard(listening, 0, BEATS[:1], rhythm=180)

    assert [heard(listening, now, BEATS[:1], rhythm=180) for now in (90, 184.9, 185)] == [None, None, False]


def test_each_run_is_heard_by_itself() -> None:
    listening = Listening(90)
    heard(listening, 0, BEATS[:1])
    heard(listening, 60, BEATS[:1], run=OTHER)

    assert heard(listening, 90, BEATS[:1]) is False
    assert heard(listening, 90, BEATS[:1], run=OTHER) is None


@pytest.mark.parametrize(
    ("seconds", "rhythm"),
    [
        ([], 30),
        ([0], 30),
        ([0, 30, 60], 30),
        ([0, 180, 360], 180),
        ([0, 30, 60, 90_000, 90_030], 30),  # it was suspended
        ([0, 600, 605, 1205], 600),  # it was started again
        ([0, 90_000], 900),
    ],
)
def test_the_rhythm_of_a_heart(seconds: list[int], rhythm: float) -> None:
    assert rhythm_of([NOON + timedelta(seconds=each) for each in seconds], usual=30) == rhythm

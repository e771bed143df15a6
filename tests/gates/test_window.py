"""The gate of our own windows: why it is closed, whose that is, and when it opens by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from promontory.gates import ask
from promontory.gates.contract import Passage
from promontory.gates.window import window
from promontory.model import GateState, Place
from promontory.record import Record
from promontory.windows import Window

NIGHTS = Window("allow", schedule="0 2 * * 1-5", duration=timedelta(hours=2), timezone="Europe/Berlin")
FREEZE = Window(
    "deny", start=date(2026, 12, 20), end=date(2027, 1, 4), description="Christmas", owner="release managers"
)
MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


def passage(*windows: Window, at: datetime = MONDAY, automatic: bool = False) -> Passage:
    place = Place("web-app", "production")
    return Passage(place, "v1", at, Record(), {}, owner="team web", automatic=automatic, windows=windows)


def test_outside_of_the_windows_it_says_when_it_opens_and_waits() -> None:
    assert window(passage(NIGHTS)) == GateState(
        gate="window",
        open=False,
        reason="outside of the window at 02:00 on Monday through Friday, for 2h, Europe/Berlin; "
        "opens 2026-11-24 02:00 Europe/Berlin",
        remedy="promontory windows production --application web-app --next 5",
        owner="team web",
        opens=datetime(2026, 11, 24, 1, tzinfo=UTC),
        waits=True,
    )


def test_a_freeze_is_named_with_its_owner_and_opens_when_all_windows_let_it() -> None:
    state = window(passage(NIGHTS, FREEZE, at=datetime(2026, 12, 24, tzinfo=UTC)))

    assert state.reason == (
        "denied by Christmas (from 2026-12-20 to 2027-01-04, UTC); opens 2027-01-04 02:00 Europe/Berlin"
    )
    assert (state.owner, state.opens) == ("release managers", datetime(2027, 1, 4, 1, tzinfo=UTC))


def test_the_answer_is_the_same_until_it_changes_so_that_nobody_records_it_again() -> None:
    looks = {window(passage(NIGHTS, at=MONDAY + timedelta(minutes=minute))) for minute in range(0, 600, 7)}

    assert len(looks) == 1


def test_what_is_for_humans_does_not_let_a_schedule_through() -> None:
    lenient = replace(FREEZE, manual=True)
    at = datetime(2026, 12, 24, tzinfo=UTC)

    assert window(passage(lenient, at=at)).open
    assert not window(passage(lenient, at=at, automatic=True)).open


def test_what_never_opens_does_not_wait() -> None:
    always = Window("deny", schedule="0 0 * * *", duration=timedelta(days=2), description="closed for good")

    state = window(passage(always))

    assert (state.opens, state.waits) == (None, False)
    assert state.reason.endswith("does not open before 2028-11-23 12:00 UTC")


def test_a_window_that_cannot_be_read_closes_and_is_named() -> None:
    for broken, why in (
        (replace(NIGHTS, timezone="Mars/Olympus"), "'Mars/Olympus' is no time zone"),
        (replace(NIGHTS, schedule="0 2 * *"), "is no schedule"),
        (replace(NIGHTS, duration=timedelta(0)), "a duration of nothing"),
    ):
        state = window(passage(FREEZE, broken))

        assert not state.open
        assert not state.waits
        assert state.reason.startswith(f"{broken.title} cannot be read: ")
        assert why in state.reason


def test_it_is_asked_with_the_others() -> None:
    assert [state.open for state in ask(passage(NIGHTS)) if state.gate == "window"] == [False]

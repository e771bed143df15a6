"""How long until the next look, and who does not wait at all. (That a deployed run gives itself up: tests/e2e.)"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from flows.waiting import REST_HERE, Later, delay, rest

SHORT = timedelta(seconds=4)
SINCE = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        (timedelta(), 15),
        (timedelta(minutes=1), 15),
        (timedelta(minutes=10), 60),
        (timedelta(days=3), 300),
        (timedelta(minutes=-5), 15),
    ],
)
def test_looks_become_rarer_with_the_age_of_what_is_waited_for(age: timedelta, seconds: float) -> None:
    assert delay(Later("open", SINCE), SINCE + age, 15) == seconds


def test_nobody_is_asked_before_the_time_they_named() -> None:
    assert delay(Later("limited", SINCE, 90), SINCE, 15) == 90


@pytest.mark.parametrize(("left", "seconds"), [(timedelta(hours=1), 15), (timedelta(seconds=4), 4), (-SHORT, 0)])
def test_nobody_is_waited_for_longer_than_it_lasts(left: timedelta, seconds: float) -> None:
    assert delay(Later("soaks", SINCE, no_later_than=SINCE + left), SINCE, 15) == seconds


def test_where_nobody_waits_it_ends() -> None:
    assert asyncio.run(rest([Later("open", SINCE)])) is False


def test_in_a_terminal_the_one_that_is_due_first_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMONTORY_POLL_INTERVAL", "2")
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> bool:
        REST_HERE.set(sleep)
        return await rest([Later("old", SINCE), Later("new", datetime.now(UTC))])

    assert asyncio.run(run()) is True
    assert slept == [2]

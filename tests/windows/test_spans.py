"""When a window is active, far ahead and without end; and that nobody has to wait for hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from promontory.windows import Window, decide, openings
from promontory.windows.spans import Span
from promontory.windows.wording import clock_time, in_time
from promontory.windows.zones import NEVER, micros
from tests.windows.brute_force import utc

AT = datetime(2026, 11, 27, 0, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def window(schedule: str, duration: timedelta, zone: str = "UTC", kind: str = "allow") -> Window:
    return Window(kind, schedule=schedule, duration=duration, timezone=zone)  # type: ignore[arg-type]


def span(of: Window, at: datetime = AT) -> Span:
    return of.spans.span(micros(at), micros(at + timedelta(days=731)))


@pytest.mark.parametrize(
    ("rule", "of", "until"),
    [
        ("what touches is one", window("0 0,1,2 * * *", HOUR), "2026-11-27 03:00"),
        ("so is what overlaps", window("*/20 0-3 * * *", HOUR), "2026-11-27 04:40"),
        ("over midnight, too", window("0 0 * * 4,5", DAY), "2026-11-28 00:00"),
        ("longer than a period", window("0 0 1 * *", timedelta(days=400)), None),
        ("always, in UTC", window("* * * * *", MINUTE), None),
        ("until an hour repeats itself: the second time nothing opens", window("* * * * *", MINUTE, "Europe/Berlin"),
         "2027-10-31 01:00"),
        ("so do whole days: that one is an hour longer", window("0 0 * * *", DAY, "Europe/Berlin"), "2027-10-31 22:00"),
        ("but not if it is long enough", window("0 0 * * *", DAY + HOUR, "Europe/Berlin"), None),
        ("nor if it is for more than a year", window("* * * * *", timedelta(days=400), "Europe/Berlin"), None),
    ],
)  # fmt: skip
def test_a_window_is_active_until(rule: str, of: Window, until: str | None) -> None:
    assert span(of) == (True, micros(utc(until)) if until else NEVER), rule


@pytest.mark.parametrize(
    ("rule", "schedule", "starts"),
    [
        ("the last day of a month", "0 0 L * *", "2026-11-30 00:00"),
        ("the second Friday", "0 0 * * 5#2", "2026-12-11 00:00"),
        ("29 February", "0 0 29 2 *", "2028-02-29 00:00"),
        ("seven is Sunday", "0 0 * * 7", "2026-11-29 00:00"),
        ("day or weekday, where neither begins with a star", "0 0 13 * MON", "2026-11-30 00:00"),
        ("day and weekday, where one does: Debian's rule", "0 0 */2 * MON", "2026-12-07 00:00"),
    ],
)
def test_a_window_is_not_active_before(rule: str, schedule: str, starts: str) -> None:
    assert span(window(schedule, MINUTE)) == (False, micros(utc(starts))), rule


def test_a_seconds_wide_window_is_half_open() -> None:
    short = window("30 0 * * *", timedelta(seconds=1))

    states = [decide([short], AT + timedelta(microseconds=n), automatic=True).open for n in (-1, 0, 999_999, 1_000_000)]

    assert states == [False, True, True, False]


def test_windows_that_deny_whatever_would_open_are_given_up_on_and_that_is_said() -> None:
    denied = [
        window("1-59/2 * * * *", timedelta(seconds=30)),
        window("1-59/2 * * * *", timedelta(seconds=40), kind="deny"),
    ]

    decision = decide(denied, AT, automatic=True)

    assert (decision.open, decision.changes) == (False, None)
    assert decision.searched is not None
    assert AT + DAY < decision.searched < AT + timedelta(days=731)
    assert decision.next_change.startswith("does not open before 2026-")


def test_a_thousand_hostile_windows_are_decided_on() -> None:
    hostile = [window("* * * * *", timedelta(seconds=1 + number % 50), kind="deny") for number in range(1000)]

    assert decide(hostile, AT, automatic=True).changes == AT + timedelta(seconds=50)


def test_openings_end_where_nobody_looks_any_more() -> None:
    yearly = [window("0 0 1 1 *", HOUR)]

    starts = [opening.start for opening in openings(yearly, AT, automatic=True)]

    assert starts == [utc("2027-01-01"), utc("2028-01-01")]


@pytest.mark.parametrize(
    ("time", "zone", "told"),
    [
        ("2026-11-24 01:00", "Europe/Berlin", "2026-11-24 02:00 Europe/Berlin"),
        ("2026-11-24 01:00:05", "UTC", "2026-11-24 01:00:05 UTC"),
        ("2026-10-25 00:30", "Europe/Berlin", "2026-10-25 02:30 (+0200) Europe/Berlin"),
        ("2026-10-25 01:30", "Europe/Berlin", "2026-10-25 02:30 (+0100) Europe/Berlin"),
    ],
)
def test_a_time_is_told_on_the_clock_of_its_zone(time: str, zone: str, told: str) -> None:
    assert clock_time(utc(time), zone) == told


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=30), "in less than a minute"),
        (timedelta(minutes=20), "in 20 min"),
        (timedelta(hours=13), "in 13 h"),
        (timedelta(hours=47), "in 47 h"),
        (timedelta(days=4), "in 4 d"),
    ],
)
def test_how_long_it_takes_is_told_in_one_unit(left: timedelta, told: str) -> None:
    assert in_time(AT + left, AT) == told

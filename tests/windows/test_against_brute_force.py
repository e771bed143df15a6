"""Decisions and their next changes, held against a model that walks minute by minute over days when clocks are set."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.windows import Window, decide
from promontory.windows.zones import micros
from tests.windows.brute_force import MINUTE, active_minutes, is_open, minutes, openings, utc

# Zone → a day on which its clock is set, in UTC: forward, backward, by half an hour, over midnight, by a whole day.
DAYS = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-04", "2026-10-03"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),
    "America/Havana": ("2026-03-08", "2026-11-01"),
    "Pacific/Apia": ("2011-12-30", "2011-12-30"),
}
SETTINGS = settings(max_examples=30, deadline=None, derandomize=True)

set_days = st.sampled_from([(zone, day) for zone, days in DAYS.items() for day in days])
minute_fields = st.sampled_from(["0", "30", "*/15", "59", "0,45", "*"])
hour_fields = st.sampled_from(["*", "0", "1", "2", "3", "23", "1-3", "*/6", "0,2"])
day_fields = st.sampled_from(["* * *", "* * *", "* * 0", "* * 6,0", "29-31 * *", "1 * 5", "*/2 * *"])
durations = st.sampled_from([1, 15, 20, 45, 60, 61, 90, 24 * 60, 30 * 60, 49 * 60])


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Window], datetime, bool]:
    """Windows of one zone, a time about a day on which its clock is set, and whether it is a schedule that asks."""
    zone, day = draw(set_days)
    windows = [
        Window(
            draw(st.sampled_from(["allow", "deny"])),
            schedule=f"{draw(minute_fields)} {draw(hour_fields)} {draw(day_fields)}",
            duration=timedelta(minutes=draw(durations)),
            timezone=zone,
            manual=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    at = utc(day) + draw(st.integers(-24 * 60, 36 * 60)) * MINUTE
    return windows, at, draw(st.booleans())


@SETTINGS
@given(stories())
def test_every_decision_and_its_next_change_is_that_of_the_model(story: tuple[list[Window], datetime, bool]) -> None:
    windows, at, automatic = story
    last = at + timedelta(days=2)
    active = [active_minutes(window, at, last) for window in windows]
    expected = [is_open(windows, active, minute, automatic=automatic) for minute in minutes(at, last)]
    change = next((number for number, is_it in enumerate(expected) if is_it is not expected[0]), None)

    decision = decide(windows, at, automatic=automatic, ahead=timedelta(days=2))

    assert decision.open is expected[0]
    assert decision.changes == (None if change is None else at + change * MINUTE)


@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, days in DAYS.items() for day in days])
@pytest.mark.parametrize("schedule", ["*/30 * * * *", "30 2 * * *", "0 0 * * *"])
def test_every_opening_of_three_days_is_that_of_the_model(zone: str, day: str, schedule: str) -> None:
    window = Window("allow", schedule=schedule, duration=timedelta(minutes=1), timezone=zone)
    first, last = utc(day) - timedelta(days=1), utc(day) + timedelta(days=2)
    found, at = [], first - MINUTE

    while (span := window.spans.span(micros(at), micros(last))).until < micros(last):
        at = utc("1970-01-01") + timedelta(microseconds=span.until)
        found += [] if span.active else [at]

    assert found == openings(schedule, window.zone._info, first, last)

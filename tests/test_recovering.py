"""How often a run whose process dies is started again. (That it is: tests/e2e/test_deployed.py.)"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.recovering import next_start

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_it_is_started_again_a_little_later_after_each_death() -> None:
    starts = [next_start([NOW] * deaths, NOW) for deaths in (1, 2, 5)]

    times = [start.state_details.scheduled_time for start in starts if start]
    assert times == [NOW + timedelta(seconds=seconds) for seconds in (2, 4, 10)]


def test_what_dies_each_time_is_not_started_for_ever() -> None:
    assert next_start([NOW] * 6, NOW) is None


def test_deaths_of_long_ago_do_not_count() -> None:
    long_ago = [NOW - timedelta(hours=hours) for hours in range(1, 20)]

    start = next_start([*long_ago, NOW], NOW)

    assert start
    assert start.message == "its process died; it is started again, and goes on where it was (1 of 5)"

"""Whatever the calendar, the zone and the year: a decision holds until the change that it names, and no longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.windows import Window, decide
from promontory.windows.argocd import Destination, predict, read_sync_windows

MOMENT = timedelta(microseconds=1)
SETTINGS = settings(max_examples=80, deadline=None, derandomize=True)
fields = st.sampled_from(["*", "0", "30", "*/2", "1-5", "7", "0,15", "1", "29"])
schedules = st.lists(fields, min_size=5, max_size=5).map(" ".join)
FIRST, LAST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2900-01-01")
years = st.datetimes(FIRST, LAST)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
zones = st.sampled_from(sorted(available_timezones()))
kinds: Any = st.sampled_from(["allow", "deny"])


@st.composite
def windows(draw: st.DrawFn) -> Window:
    named = {"kind": draw(kinds), "timezone": draw(zones), "manual": draw(st.booleans())}
    if draw(st.integers(0, 4)) == 0:
        start = draw(years)
        return Window(**named, start=start, end=start + timedelta(minutes=draw(st.integers(2000, 1_000_000))))
    return Window(**named, schedule=draw(schedules), duration=timedelta(seconds=draw(st.integers(1, 10_000_000))))


sync_windows = st.fixed_dictionaries(
    {
        "kind": kinds,
        "schedule": schedules,
        "duration": st.sampled_from(["1h", "-1h", "0", "1d", "99999h", "1ns", "1.5h", "500ms", ""]),
        "timeZone": st.one_of(st.sampled_from(["", "Local", "../x", "\0"]), zones),
        "applications": st.just(["*"]),
        "manualSync": st.booleans(),
    }
)


@SETTINGS
@given(st.lists(windows(), min_size=1, max_size=4), moments, st.booleans())
def test_our_own_windows(calendar: list[Window], at: datetime, automatic: bool) -> None:
    decision = decide(calendar, at, automatic=automatic)

    if decision.changes is not None:
        before = decide(calendar, decision.changes - MOMENT, automatic=automatic)
        after = decide(calendar, decision.changes, automatic=automatic)
        assert before.open is decision.open is not after.open


@SETTINGS
@given(st.lists(sync_windows, max_size=4), moments, st.booleans())
def test_those_of_argo_cd(written: list[dict[str, Any]], at: datetime, manual: bool) -> None:
    read = read_sync_windows({"syncWindows": written})

    seen = predict(read, Destination("web-app"), at, manual=manual)

    if seen.changes is not None:
        assert predict(read, Destination("web-app"), seen.changes, manual=manual).allowed is not seen.allowed

"""The rules of our own windows, minute by minute, as slowly and as plainly as they can be written down.

It knows nothing of intervals: each minute it looks whether a window that has opened is still open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from promontory.windows import Window

MINUTE = timedelta(minutes=1)


def openings(schedule: str, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """When it opens between two UTC times, found by walking over every minute of the clock on the wall."""
    begin = first - timedelta(hours=4)
    due = CronSim(schedule, begin.astimezone(zone).replace(tzinfo=None) - MINUTE)
    seen: set[datetime] = set()
    found = []
    pending = next(due)
    for moment in minutes(begin, last):
        shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        passed = pending <= shown and shown not in seen
        seen.add(shown)
        if not passed:
            continue
        found.append(moment)
        while pending <= shown:
            pending = next(due)
    return [moment for moment in found if moment >= first]


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    while first < last:
        yield first
        first += MINUTE


def active_minutes(window: Window, first: datetime, last: datetime) -> set[datetime]:
    """The minutes between two UTC times in which a recurring window is active."""
    zone = ZoneInfo(window.timezone)
    starts = openings(window.schedule, zone, first - window.duration, last)
    length = window.duration // MINUTE
    return {start + number * MINUTE for start in starts for number in range(length)}


def is_open(windows: Sequence[Window], active: Sequence[set[datetime]], at: datetime, *, automatic: bool) -> bool:
    """By the sentences of the rules, one after the other."""
    kinds = list(zip(windows, [at in each for each in active], strict=True))
    denying = [window for window, is_active in kinds if window.kind == "deny" and is_active]
    if denying and (automatic or not all(window.manual for window in denying)):
        return False
    allows = [(window, is_active) for window, is_active in kinds if window.kind == "allow"]
    if not allows or any(is_active for _, is_active in allows):
        return True
    return not automatic and all(window.manual for window, _ in allows)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

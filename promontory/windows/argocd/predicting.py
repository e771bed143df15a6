"""Whether Argo CD would sync an Application at a time, by the windows of its AppProject, and when that changes.

A window is active where the next time of its schedule after (now - duration) is before now, both on a clock that is
as far ahead of UTC as the zone's is at present: strictly between start and end, and one whose schedule never fires is
always active, because robfig/cron then answers the zero time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from promontory.windows.argocd.sync_window import Destination, SyncWindow
from promontory.windows.searching import Rule, search
from promontory.windows.spans import Span
from promontory.windows.zones import DAY, NEVER, SECOND, micros, utc, wall_clock

AHEAD = timedelta(days=2 * 365 + 1)
_YEARS_AHEAD = 5


@dataclass(frozen=True)
class Prediction:
    """``because`` says by which rule; ``blocking`` are the windows that it is about, if it is blocked.

    ``matching`` are all that concern the Application, each with whether it is active. ``changes`` is when it is
    decided otherwise, None where it is not known to be before ``searched``, and ``zone`` whose clock that is told by.
    """

    allowed: bool
    because: str
    at: datetime
    matching: tuple[tuple[SyncWindow, bool], ...] = ()
    blocking: tuple[SyncWindow, ...] = ()
    changes: datetime | None = None
    searched: datetime | None = None
    zone: str = "UTC"
    warnings: tuple[str, ...] = ()


def predict(
    windows: Sequence[SyncWindow],
    destination: Destination,
    at: datetime,
    *,
    manual: bool = False,
    started: datetime | None = None,
) -> Prediction:
    """``manual``: a person starts the sync. ``started``: of an operation that runs already, which may overrun."""
    matching = tuple(window for window in windows if window.concerns(destination))
    warnings = tuple(f"{window}: {window.warning}" for window in matching if window.warning)
    if not matching:
        return Prediction(True, "no window concerns it", at)
    if broken := [window for window in matching if window.problem]:
        because = f"a window that concerns it cannot be parsed: {broken[0].problem}"
        inactive = tuple((window, False) for window in matching)
        return Prediction(False, because, at, inactive, tuple(broken), warnings=warnings)
    start = micros(at)
    active = [is_active(window, start) for window in matching]
    verdict = _verdict(matching, active, active, manual=manual)
    if not verdict.allowed and started is not None and _overruns(verdict, matching, active, started, manual=manual):
        verdict = _Verdict(True, "it was allowed when it started, and all windows that block now let it overrun")
    seen = Prediction(
        verdict.allowed,
        verdict.because,
        at,
        tuple(zip(matching, active, strict=True)),
        verdict.blocking,
        warnings=warnings,
    )
    return _with_change(seen, matching, start, manual=manual)


def is_active(window: SyncWindow, instant: int) -> bool:
    local = instant + window.zone.offset(instant)
    following = _next(window, local - window.duration_micros)
    return following is None or following < local


def _next(window: SyncWindow, local: int) -> int | None:
    """The first time of the schedule after a local one, whole microseconds; None where none of five years is one."""
    if window.yearly:
        return window.recurrence.following(local, local + 366 * DAY)
    return window.recurrence.following(local, _last_day(utc(local + SECOND).year + _YEARS_AHEAD))


@lru_cache(maxsize=1024)
def _last_day(year: int) -> int:
    return wall_clock(datetime(year, 12, 31))  # noqa: DTZ001 - a clock on the wall has no zone


@dataclass(frozen=True)
class _Verdict:
    allowed: bool
    because: str
    blocking: tuple[SyncWindow, ...] = ()


def _verdict(
    windows: Sequence[SyncWindow], active: Sequence[bool], active_now: Sequence[bool], *, manual: bool
) -> _Verdict:
    """Argo CD's table. It looks for inactive allow windows as of now, also where it is about an earlier time."""
    now = list(zip(windows, active, active_now, strict=True))
    if denying := tuple(window for window, is_it, _ in now if is_it and window.kind == "deny"):
        if manual and all(window.manual_sync for window in denying):
            return _Verdict(True, "every deny window that is active lets manual syncs through")
        return _Verdict(False, "a deny window is active", denying)
    if any(is_it and window.kind == "allow" for window, is_it, _ in now):
        return _Verdict(True, "an allow window is active")
    if waiting := tuple(window for window, _, is_it in now if window.kind == "allow" and not is_it):
        if manual and all(window.manual_sync for window in waiting):
            return _Verdict(True, "no allow window is active, but all of them let manual syncs through")
        return _Verdict(False, "no allow window is active", waiting)
    return _Verdict(True, "no deny window is active, and no allow window concerns it")


def _overruns(
    verdict: _Verdict, windows: Sequence[SyncWindow], active: Sequence[bool], started: datetime, *, manual: bool
) -> bool:
    if not all(window.sync_overrun for window in verdict.blocking):
        return False
    then = [is_active(window, micros(started)) for window in windows]
    return _verdict(windows, then, active, manual=manual).allowed


def _with_change(seen: Prediction, matching: Sequence[SyncWindow], start: int, *, manual: bool) -> Prediction:
    found = search(_rule(matching, manual=manual), start, start + AHEAD // timedelta(microseconds=1))
    # Windows are open intervals: what begins at an instant is there right after it.
    changed = start if found.open is not seen.allowed else found.changes
    if changed is not None:
        active = [is_active(window, changed) for window in matching]
        changed += _verdict(matching, active, active, manual=manual).allowed is seen.allowed
    return replace(
        seen,
        changes=None if changed is None else utc(changed),
        searched=utc(found.searched),
        zone=matching[found.by if found.by is not None else 0].zone.name,
    )


def _rule(windows: Sequence[SyncWindow], *, manual: bool) -> Rule:
    """The table, as a rule that can be searched: to a manual sync, a deny window that lets it through is an opening."""
    kinds = {kind: [number for number, it in enumerate(windows) if it.kind == kind] for kind in ("allow", "deny")}
    strict = {number for number, window in enumerate(windows) if not (manual and window.manual_sync)}
    lenient = [number for number in kinds["deny"] if number not in strict]
    return Rule(
        [SyncSpans(window) for window in windows],
        blockers=[number for number in kinds["deny"] if number in strict],
        openers=[*kinds["allow"], *lenient],
        needed=any(number in strict for number in kinds["allow"]),
    )


@dataclass(frozen=True)
class SyncSpans:
    """`Spans`, of what is true right after an instant: what touches is one."""

    window: SyncWindow

    def span(self, at: int, horizon: int) -> Span:
        zone = self.window.zone
        offset = zone.offset(at)
        if not self.window.yearly and _next(self.window, at + offset - self.window.duration_micros) is None:
            return Span(True, zone.next_transition(at, horizon))
        if self.window.duration_micros <= 1:  # no microsecond lies strictly within it
            return Span(False, NEVER)
        active, until = self.window.on_the_wall.span(at + offset, horizon + offset)
        end = until - offset if until < NEVER else horizon
        return Span(active, min(zone.next_transition(at, end), NEVER if until == NEVER else end))

"""Whether Argo CD would sync an Application at a time, by the windows of its AppProject, and when that changes.

A window is active where the next time of its schedule after (now - duration) is before now, both on a clock that is
as far ahead of UTC as the zone's is at present: strictly between start and end, and one whose schedule never fires is
always active, because robfig/cron then answers the zero time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promontory.windows.argocd.sync_window import Destination, SyncWindow
from promontory.windows.searching import Rule, search
from promontory.windows.spans import Recurring, Span
from promontory.windows.zones import NEVER, micros, utc, wall_clock, zone_of

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
        seen = tuple((window, False) for window in matching)
        return Prediction(False, because, at, seen, tuple(broken), warnings=warnings)
    verdict = _verdict(matching, at, at, manual=manual)
    if not verdict.allowed and started is not None and _overruns(verdict, matching, at, started, manual=manual):
        verdict = _Verdict(True, "it was allowed when it started, and all windows that block now let it overrun")
    return _with_change(verdict, matching, at, warnings, manual=manual)


def is_active(window: SyncWindow, at: datetime) -> bool:
    instant = micros(at)
    local = instant + window.zone.offset(instant)
    following = _next(window, local - -(-window.nanoseconds // 1000))
    return following is None or following < local


def _next(window: SyncWindow, local: int) -> int | None:
    """The first time of the schedule after a local one, whole microseconds; None where none of five years is one."""
    year = utc(local + 1_000_000).year + _YEARS_AHEAD
    return window.recurrence.following(local, wall_clock(datetime(year, 12, 31)))  # noqa: DTZ001 - on the wall


@dataclass(frozen=True)
class _Verdict:
    allowed: bool
    because: str
    blocking: tuple[SyncWindow, ...] = ()


def _verdict(windows: Sequence[SyncWindow], at: datetime, now: datetime, *, manual: bool) -> _Verdict:
    """Argo CD's table. It looks for inactive allow windows as of ``now``, also where it is about an earlier time."""
    active = [window for window in windows if is_active(window, at)]
    if denying := tuple(window for window in active if window.kind == "deny"):
        if manual and all(window.manual_sync for window in denying):
            return _Verdict(True, "every deny window that is active lets manual syncs through")
        return _Verdict(False, "a deny window is active", denying)
    if any(window.kind == "allow" for window in active):
        return _Verdict(True, "an allow window is active")
    if waiting := tuple(window for window in windows if window.kind == "allow" and not is_active(window, now)):
        if manual and all(window.manual_sync for window in waiting):
            return _Verdict(True, "no allow window is active, but all of them let manual syncs through")
        return _Verdict(False, "no allow window is active", waiting)
    return _Verdict(True, "no deny window is active, and no allow window concerns it")


def _overruns(
    verdict: _Verdict, windows: Sequence[SyncWindow], at: datetime, started: datetime, *, manual: bool
) -> bool:
    may = all(window.sync_overrun for window in verdict.blocking)
    return may and _verdict(windows, started, at, manual=manual).allowed


def _with_change(
    verdict: _Verdict, matching: tuple[SyncWindow, ...], at: datetime, warnings: tuple[str, ...], *, manual: bool
) -> Prediction:
    start = micros(at)
    horizon = start + AHEAD // timedelta(microseconds=1)
    found = search(_rule(matching, manual=manual), start, horizon)
    # Windows are open intervals: what begins at an instant is there right after it.
    changed = start if found.open is not verdict.allowed else found.changes
    moment = None if changed is None else utc(changed)
    if moment is not None and _verdict(matching, moment, moment, manual=manual).allowed is verdict.allowed:
        moment += timedelta(microseconds=1)
    zone = matching[found.by if found.by is not None else 0].zone.name
    seen = tuple((window, is_active(window, at)) for window in matching)
    return Prediction(
        verdict.allowed,
        verdict.because,
        at,
        seen,
        verdict.blocking,
        moment,
        utc(found.searched),
        zone,
        warnings,
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
        offset, transition = zone.offset(at), zone.next_transition(at, horizon)
        duration = -(-self.window.nanoseconds // 1000)
        if _next(self.window, at + offset - duration) is None:
            return Span(True, transition)
        if duration <= 0:
            return Span(False, NEVER)
        on_the_wall = Recurring(self.window.recurrence, duration, zone_of("UTC"))
        span = on_the_wall.span(at + offset, horizon + offset)
        return Span(span.active, min(span.until - offset if span.until < NEVER else NEVER, transition))

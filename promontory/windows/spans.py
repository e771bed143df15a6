"""When a window is active, and until when that stays so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from promontory.windows.recurrence import Recurrence
from promontory.windows.zones import DAY, MINUTE, NEVER, Zone

# No clock is ever set by more than that.
_SET = 2 * DAY


class Span(NamedTuple):
    """``until`` is the instant at which it changes; `NEVER` where not before the horizon that was asked for."""

    active: bool
    until: int


class Spans(Protocol):
    def span(self, at: int, horizon: int) -> Span:
        """Whether it is active at an instant, and until when."""


@dataclass(frozen=True)
class Once:
    """From one instant to another, that one not included."""

    start: int
    end: int

    def span(self, at: int, horizon: int) -> Span:  # noqa: ARG002 - it knows without looking for it
        if at < self.start:
            return Span(False, self.start)
        return Span(True, self.end) if at < self.end else Span(False, NEVER)


@dataclass(frozen=True)
class Recurring:
    """Opens at local times, and stays so for ``duration`` microseconds, half open; what touches or overlaps is one."""

    recurrence: Recurrence
    duration: int
    zone: Zone

    def span(self, at: int, horizon: int) -> Span:
        come = self.zone.latest(at)
        last = self.recurrence.latest(come, come - self.duration - _SET)
        if last is not None and self.zone.instant(last) + self.duration > at:
            return Span(True, self._end(last, horizon))
        following = self.recurrence.following(come, horizon + _SET)
        start = NEVER if following is None else self.zone.instant(following)
        return Span(False, start if start < horizon else NEVER)

    def _end(self, start: int, horizon: int) -> int:
        """When what opened at a local time ends, where it opens again and again before it has."""
        while True:
            start = self._last_of_run(start, horizon)
            end = self.zone.instant(start) + self.duration
            if end >= horizon:
                return NEVER
            following = self.recurrence.following(start, horizon + _SET)
            if following is None or self.zone.instant(following) > end:
                return end
            start = following

    def _last_of_run(self, start: int, horizon: int) -> int:
        """A later time up to which it surely never ends: the last one of the day, or the last day before a repeat."""
        last_minute = self.recurrence.minutes[-1] * MINUTE
        today = start // DAY * DAY + last_minute
        if self.recurrence.largest_gap > self.duration or (today == start and not self.recurrence.daily):
            return start
        begin = self.zone.instant(start)
        repeated = self.zone.instant(today) - begin - (today - start)
        if self.recurrence.largest_gap + max(repeated, 0) > self.duration:
            return start  # an hour repeats itself between them, and makes a gap that is too long
        if not self.recurrence.daily or self.recurrence.gap_over_midnight > self.duration:
            return today
        if self.recurrence.gap_over_midnight + _SET <= self.duration:
            return max(today, (horizon + _SET) // DAY * DAY + last_minute)
        repeat = min(self.zone.next_transition(begin, horizon + _SET, backward=True), horizon + _SET)
        return max(today, (repeat // DAY - 2) * DAY + last_minute)

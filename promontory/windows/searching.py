"""What several windows decide together, and when that changes: exactly, fast, and no further than bounded.

It jumps from what could change the decision to what could change it next, past all that cannot: under a freeze of two
weeks nobody looks at the windows that open meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from promontory.windows.spans import Span, Spans
from promontory.windows.zones import NEVER

# Windows looked at in one search; then what is known so far is the answer.
_LOOKS = 100_000


@dataclass(frozen=True)
class Rule:
    """Open where no blocker is active, and, if that is ``needed``, an opener is. They are numbers of ``windows``."""

    windows: Sequence[Spans]
    blockers: Sequence[int]
    openers: Sequence[int]
    needed: bool


@dataclass(frozen=True)
class Found:
    """``open``: at the instant asked for. It changes at ``changes``, because of window ``by``.

    ``changes`` is None where it does not change before ``searched``.
    """

    open: bool
    changes: int | None
    by: int | None
    searched: int
    active: tuple[int, ...]


def search(rule: Rule, at: int, horizon: int) -> Found:
    """The decision at an instant, and its next change before ``horizon``."""
    looking = _Looking(rule, horizon)
    open_now = looking.is_open(at)
    active = looking.active()
    now, by = at, None
    while now < horizon and looking.looks < _LOOKS:
        now, by = looking.next_chance()
        if now >= horizon:
            break
        if looking.is_open(now) is not open_now:
            return Found(open_now, now, by, now, active)
    return Found(open_now, None, None, min(now, horizon), active)


@dataclass
class _Looking:
    """Spans are asked for when they are needed, and kept for as long as they last."""

    rule: Rule
    horizon: int
    looks: int = 0
    spans: dict[int, Span] = field(default_factory=dict)
    blocking: tuple[int, ...] = ()
    opening: tuple[int, ...] = ()

    def is_open(self, at: int) -> bool:
        self.blocking = self._active(self.rule.blockers, at)
        if self.blocking:
            return False
        if not self.rule.needed:
            return True
        self.opening = self._active(self.rule.openers, at)
        return bool(self.opening)

    def active(self) -> tuple[int, ...]:
        return self.blocking or self.opening

    def next_chance(self) -> tuple[int, int | None]:
        """The next instant at which the decision may be another one; nothing before it can change it."""
        if self.blocking:
            return self._last(self.blocking)
        if self.rule.needed and not self.opening:
            return self._first(self.rule.openers)
        closing = self._first(self.rule.blockers)
        return min(closing, self._last(self.opening), key=lambda it: it[0]) if self.rule.needed else closing

    def _active(self, windows: Sequence[int], at: int) -> tuple[int, ...]:
        self.looks += len(windows)
        for window in windows:
            known = self.spans.get(window)
            if known is None or known.until <= at:
                self.looks += 10
                self.spans[window] = self.rule.windows[window].span(at, self.horizon)
        return tuple(window for window in windows if self.spans[window].active)

    def _first(self, windows: Sequence[int]) -> tuple[int, int | None]:
        return min(((self.spans[window].until, window) for window in windows), default=(NEVER, None))

    def _last(self, windows: Sequence[int]) -> tuple[int, int | None]:
        return max(((self.spans[window].until, window) for window in windows), default=(NEVER, None))

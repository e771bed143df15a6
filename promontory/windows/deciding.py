"""Whether our own windows let a release through now, why not, and when that changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promontory.windows.searching import Found, Rule, search
from promontory.windows.window import Window
from promontory.windows.wording import clock_time, when_in_words
from promontory.windows.zones import Zone, micros, utc, zone_of

AHEAD = timedelta(days=2 * 365 + 1)
"""How far ahead a change is looked for."""


@dataclass(frozen=True)
class Decision:
    """Open at ``at``, or closed because of ``causes``: active denies, or allow windows of which none is active.

    ``changes`` is when it is decided otherwise; None where it is not before ``searched``. Both are in UTC, and told as
    times of ``zone``: times of a zone are equal to no others, where an hour repeats itself.
    ``problem`` is an unreadable window, which closes.
    """

    open: bool
    at: datetime
    changes: datetime | None = None
    zone: str = "UTC"
    searched: datetime | None = None
    causes: tuple[Window, ...] = ()
    denied: bool = False
    problem: str = ""

    def __str__(self) -> str:
        """``closed; opens 2026-11-24 02:00 Europe/Berlin``."""
        return f"{'open' if self.open else 'closed'}; {self.next_change}"

    @property
    def next_change(self) -> str:
        """``opens 2026-11-24 02:00 Europe/Berlin``, or that it does not, as far as was looked."""
        if self.problem:
            return "opens once that is corrected"
        if self.changes is not None:
            return f"{'closes' if self.open else 'opens'} {clock_time(self.changes, self.zone)}"
        if self.searched is None:
            return "nothing closes it"
        return f"does not {'close' if self.open else 'open'} before {clock_time(self.searched, self.zone)}"

    @property
    def reason(self) -> str:
        """Why it is closed; the same at every look until that changes."""
        if self.open or self.problem:
            return self.problem
        told = "; ".join(_named(window) for window in self.causes[:3])
        more = f" and {len(self.causes) - 3} more" if len(self.causes) > 3 else ""
        return f"{'denied by' if self.denied else 'outside of'} {told}{more}"

    @property
    def opens(self) -> datetime | None:
        """When it opens, where it is closed and that is known."""
        return None if self.open else self.changes

    @property
    def owner(self) -> str:
        return ", ".join(dict.fromkeys(window.owner for window in self.causes if window.owner))


@dataclass(frozen=True)
class Opening:
    """``start`` is None where it was open before it was asked, ``end`` where it does not close as far as was looked."""

    start: datetime | None
    end: datetime | None
    zone: str


def decide(windows: Sequence[Window], at: datetime, *, automatic: bool, ahead: timedelta = AHEAD) -> Decision:
    """``windows`` are those that concern one place; ``automatic``: a schedule wants it, so ``manual`` does not help."""
    if problem := _problem(windows):
        return Decision(open=False, at=at, problem=problem)
    rule = rule_of(windows, automatic=automatic)
    if not rule.blockers and not rule.needed:
        return Decision(open=True, at=at)
    start = micros(at)
    found = search(rule, start, start + ahead // timedelta(microseconds=1))
    zone = _zone(windows, rule, found)
    denied = not found.open and bool(found.active)
    causes = found.active if denied else () if found.open else rule.openers
    return Decision(
        open=found.open,
        at=at,
        changes=utc(found.changes) if found.changes is not None else None,
        zone=zone.name,
        searched=utc(found.searched),
        causes=tuple(windows[number] for number in causes),
        denied=denied,
    )


def rule_of(windows: Sequence[Window], *, automatic: bool) -> Rule:
    """For a human, windows with ``manual`` deny nothing, and where all that allow have it, none of them is needed."""
    denies = [number for number, window in enumerate(windows) if window.kind == "deny"]
    allows = [number for number, window in enumerate(windows) if window.kind == "allow"]
    blockers = [number for number in denies if automatic or not windows[number].manual]
    needed = bool(allows) and (automatic or not all(windows[number].manual for number in allows))
    return Rule([window.spans for window in windows], blockers, allows, needed)


def openings(
    windows: Sequence[Window], at: datetime, *, automatic: bool, ahead: timedelta = AHEAD
) -> Iterator[Opening]:
    """The times at which it is open, from ``at`` on, as far ahead as that; the first one may have begun before."""
    if _problem(windows):
        return
    decision = decide(windows, at, automatic=automatic, ahead=ahead)
    last = at + ahead
    start = None
    while True:
        if decision.open:
            yield Opening(start, decision.changes, decision.zone)
        if decision.changes is None or decision.changes >= last:
            return
        start = decision.changes
        decision = decide(windows, start, automatic=automatic, ahead=last - start)


def _problem(windows: Sequence[Window]) -> str:
    """The first window that cannot be read, by its name."""
    for window in windows:
        try:
            _ = window.spans, window.zone
        except ValueError as error:
            return f"{window.title} cannot be read: {error}"
    return ""


def _named(window: Window) -> str:
    """``the window at 02:00 on Friday, for 2h, UTC``, or what it is for with that behind it."""
    when = when_in_words(window)
    return f"{window.description} ({when})" if window.description else f"the window {when}"


def _zone(windows: Sequence[Window], rule: Rule, found: Found) -> Zone:
    """Of the window at whose edge it changes; else of one that matters."""
    number = found.by if found.by is not None else next(iter((*found.active, *rule.openers, *rule.blockers)), None)
    return zone_of("UTC") if number is None else windows[number].zone

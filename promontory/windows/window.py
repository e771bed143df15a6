"""One window of ours: when it is active, whom it concerns, and what people call it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from promontory.model import Place
from promontory.windows.cron import read_schedule
from promontory.windows.spans import Once, Recurring, Spans
from promontory.windows.zones import Zone, micros, wall_clock, zone_of

Kind = Literal["allow", "deny"]
Edge = date | datetime


@dataclass(frozen=True)
class Window:
    """Recurring, with ``schedule`` and ``duration``, or once, from ``start`` to ``end``.

    A date is the beginning of that day, and a time without an offset is one of ``timezone``. ``manual`` lets humans
    through. Without ``applications`` or ``environments`` (globs) it is for all of them.
    """

    kind: Kind
    schedule: str = ""
    duration: timedelta = timedelta(0)
    start: Edge | None = None
    end: Edge | None = None
    timezone: str = "UTC"
    manual: bool = False
    applications: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    description: str = ""
    owner: str = ""

    @property
    def title(self) -> str:
        """What messages call it, also where it cannot be read."""
        return self.description or f"{self.kind} {self.schedule or f'{self.start} to {self.end}'}"

    @cached_property
    def zone(self) -> Zone:
        """Raises ValueError where there is none of that name."""
        return zone_of(self.timezone)

    @cached_property
    def spans(self) -> Spans:
        """Raises ValueError where the window cannot be read, or is never active."""
        if self.start is not None and self.end is not None:
            start, end = self._instant(self.start), self._instant(self.end)
            if start >= end:
                raise ValueError(f"from {self.start} to {self.end} is no time: `to` is the first moment after it")
            return Once(start, end)
        duration = self.duration // timedelta(microseconds=1)
        if duration <= 0:
            raise ValueError("a duration of nothing: the window would never be active")
        return Recurring(read_schedule(self.schedule), duration, self.zone)

    def concerns(self, place: Place) -> bool:
        return fits(place.application, self.applications) and fits(place.environment, self.environments)

    def _instant(self, edge: Edge) -> int:
        if not isinstance(edge, datetime):
            return self.zone.instant(wall_clock(datetime.combine(edge, datetime.min.time())))
        return micros(edge) if edge.tzinfo else self.zone.instant(wall_clock(edge))


def fits(name: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs is true of the name; none at all are true of every name."""
    patterns = tuple(globs)
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)

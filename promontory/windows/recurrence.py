"""Times of the day on days of the calendar: what a cron schedule means, on a clock on the wall that is never set."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from promontory.windows.zones import DAY, MINUTE

_ORIGIN = date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 1900, 9990
# A calendar repeats itself, days of the week included, within these years.
_EVERY_KIND_OF_YEAR = range(2001, 2029)
_Months = Iterator[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Recurrence:
    """``minutes`` of a day, ascending, on the days that are in one of ``months`` and that ``matches`` is true of.

    ``daily``: those are all days. Local times are whole microseconds since 1970.
    """

    minutes: tuple[int, ...]
    months: frozenset[int]
    matches: Callable[[date], bool]
    daily: bool
    _days: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict, repr=False)

    @property
    def ever(self) -> bool:
        """Whether there is any such time."""
        return any(self.fires_in(year) for year in _EVERY_KIND_OF_YEAR)

    def fires_in(self, year: int) -> bool:
        return bool(self.minutes) and (self.daily or any(self._in_month(year, month) for month in self.months))

    @cached_property
    def largest_gap(self) -> int:
        """Between two times of one day."""
        pairs = zip(self.minutes, self.minutes[1:], strict=False)
        return max((after - before for before, after in pairs), default=0) * MINUTE

    @cached_property
    def gap_over_midnight(self) -> int:
        """From the last time of a day to the first one of the next."""
        return (1440 + self.minutes[0] - self.minutes[-1]) * MINUTE if self.minutes else 0

    def latest(self, local: int, since: int) -> int | None:
        """The last one that is not after ``local``; None where that is before ``since``."""
        day, within = divmod(local, DAY)
        if self._on(day):
            count = bisect_right(self.minutes, within // MINUTE)
            if count:
                return day * DAY + self.minutes[count - 1] * MINUTE
        earlier = self._day_before(day, since // DAY)
        return None if earlier is None or not self.minutes else earlier * DAY + self.minutes[-1] * MINUTE

    def following(self, local: int, until: int) -> int | None:
        """The first one after ``local``; None where that is after the day of ``until``."""
        day, within = divmod(local, DAY)
        if self._on(day):
            count = bisect_right(self.minutes, within // MINUTE)
            if count < len(self.minutes):
                return day * DAY + self.minutes[count] * MINUTE
        later = self._day_after(day, until // DAY)
        return None if later is None or not self.minutes else later * DAY + self.minutes[0] * MINUTE

    def _on(self, day: int) -> bool:
        if self.daily:
            return True
        on = date.fromordinal(day + _ORIGIN)
        days = self._in_month(on.year, on.month)
        position = bisect_left(days, day)
        return position < len(days) and days[position] == day

    def _day_after(self, day: int, last: int) -> int | None:
        if self.daily:
            return day + 1 if day < last else None
        for year, month in _onwards(day, last):
            days = self._in_month(year, month)
            position = bisect_right(days, day)
            if position < len(days):
                return days[position] if days[position] <= last else None
        return None

    def _day_before(self, day: int, first: int) -> int | None:
        if self.daily:
            return day - 1 if day > first else None
        for year, month in _backwards(day, first):
            days = self._in_month(year, month)
            position = bisect_left(days, day)
            if position:
                return days[position - 1] if days[position - 1] >= first else None
        return None

    def _in_month(self, year: int, month: int) -> tuple[int, ...]:
        """The days of a month, counted from 1970; kept, because every decision asks for them."""
        if month not in self.months:
            return ()
        if (year, month) not in self._days:
            first = date(year, month, 1).toordinal()
            following = date(year + month // 12, month % 12 + 1, 1).toordinal()
            found = (number for number in range(first, following) if self.matches(date.fromordinal(number)))
            self._days[year, month] = tuple(number - _ORIGIN for number in found)
        return self._days[year, month]


def _onwards(day: int, last: int) -> _Months:
    begin, end = date.fromordinal(day + _ORIGIN), date.fromordinal(last + _ORIGIN)
    for number in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month):
        yield number // 12, number % 12 + 1


def _backwards(day: int, first: int) -> _Months:
    begin, end = date.fromordinal(day + _ORIGIN), date.fromordinal(first + _ORIGIN)
    for number in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month - 2, -1):
        yield number // 12, number % 12 + 1

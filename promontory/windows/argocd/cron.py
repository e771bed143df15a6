"""Cron as Argo CD reads it: the five fields of robfig/cron v3, without its descriptors."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from promontory.windows.recurrence import Recurrence

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Go's strconv.Atoi takes a sign, and the hyphen is a range's.
_NUMBER = re.compile(r"\+?[0-9]+")
_LARGEST = 1 << 63


class Bounds(NamedTuple):
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (Bounds(0, 59), Bounds(0, 23), Bounds(1, 31), Bounds(1, 12, _MONTHS), Bounds(0, 6, _DAYS))


class Field(NamedTuple):
    """``starred``: it is `*` or `?`, or has one among its items; with a step of two and more that does not count."""

    values: frozenset[int]
    starred: bool


@lru_cache(maxsize=1024)
def read_schedule(text: str) -> Recurrence:
    """Raises ValueError where Argo CD cannot parse it. It may be one that never fires."""
    if text.startswith(("TZ=", "CRON_TZ=")):
        raise ValueError("it names a time zone of its own (TZ=), which is not foretold here")
    if text.startswith("@"):
        raise ValueError(f"descriptors such as {text} are not accepted")
    written = text.split()
    if len(written) != len(_FIELDS):
        raise ValueError(f"expected exactly 5 fields, found {len(written)}")
    minutes, hours, days, months, weekdays = (
        _field(part, bounds) for part, bounds in zip(written, _FIELDS, strict=True)
    )
    both = days.starred or weekdays.starred

    def matches(day: date) -> bool:
        on_day, on_weekday = day.day in days.values, day.isoweekday() % 7 in weekdays.values
        return (on_day and on_weekday) if both else (on_day or on_weekday)

    all_days, all_weekdays = len(days.values) == 31, len(weekdays.values) == 7
    every = (all_days and all_weekdays) if both else (all_days or all_weekdays)
    return Recurrence(
        minutes=tuple(hour * 60 + minute for hour in sorted(hours.values) for minute in sorted(minutes.values)),
        months=months.values,
        matches=matches,
        daily=every and len(months.values) == 12,
    )


def _field(text: str, bounds: Bounds) -> Field:
    """Empty items are passed over, so that a lone comma is a field that nothing matches."""
    items = [_item(item, bounds) for item in text.split(",") if item]
    values = frozenset(value for item in items for value in item.values)
    return Field(values, any(item.starred for item in items))


def _item(text: str, bounds: Bounds) -> Field:
    span, *steps = text.split("/")
    low, *highs = span.split("-")
    starred = low in ("*", "?")
    if starred:
        first, last = bounds.low, bounds.high  # whatever stands behind a hyphen
    elif len(highs) > 1:
        raise ValueError(f"too many hyphens: {text}")
    else:
        first = _number(low, bounds)
        last = _number(highs[0], bounds) if highs else first
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {text}")
    step = _number(steps[0], Bounds(0, 0)) if steps else 1
    if steps and not highs:
        last = bounds.high
    _check(first, last, step, bounds, text)
    return Field(frozenset(range(first, last + 1, step)), starred and step == 1)


def _check(first: int, last: int, step: int, bounds: Bounds, text: str) -> None:
    if first < bounds.low:
        raise ValueError(f"beginning of range ({first}) below minimum ({bounds.low}): {text}")
    if last > bounds.high:
        raise ValueError(f"end of range ({last}) above maximum ({bounds.high}): {text}")
    if first > last:
        raise ValueError(f"beginning of range ({first}) beyond end of range ({last}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")


def _number(text: str, bounds: Bounds) -> int:
    if (name := text.lower()) in bounds.names:
        return bounds.names.index(name) + bounds.low
    if not _NUMBER.fullmatch(text) or len(text) > 20 or int(text) >= _LARGEST:
        raise ValueError(f"failed to parse int from {text}")
    return int(text)

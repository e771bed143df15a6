"""Wall clocks: which instant a local time is, and which local times have come by an instant.

Both are whole microseconds since 1970, local ones as a clock on the wall shows them. The rules of windows: in an hour
that does not exist every local time is the first instant after it, and a repeated hour counts once, the first time.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
# Later than anything that is asked about, and no date any more.
NEVER = 1 << 62
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall has no zone
_FIRST_YEAR, _LAST_YEAR = 1900, 9990
_UTC = frozenset({"UTC", "Etc/UTC", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Etc/Universal"})


@dataclass(frozen=True)
class Zone:
    """One of the IANA time zones; `zone_of` opens it."""

    name: str
    _info: ZoneInfo = field(repr=False, compare=False)

    def instant(self, local: int) -> int:
        """When a local time is, for the first time."""
        if self.name in _UTC:
            return local
        return _first_instant(self._info, local)

    def latest(self, instant: int) -> int:
        """The latest local time that has come by ``instant``: in the second pass of an hour, all of that hour."""
        if self.name in _UTC:
            return instant
        shown = self._shown(instant)
        offset = _micros(shown.utcoffset())
        if not shown.fold:
            return instant + offset
        before = _micros(shown.replace(fold=0).utcoffset())
        return _transition(self._info, instant - (before - offset), instant) + before - 1

    def offset(self, instant: int) -> int:
        """How far the clock is ahead of UTC then."""
        return 0 if self.name in _UTC else _micros(self._shown(instant).utcoffset())

    def next_transition(self, instant: int, horizon: int, *, backward: bool = False) -> int:
        """When the clock is next set (or set back) after ``instant``; `NEVER` where not before ``horizon``."""
        if self.name in _UTC:
            return NEVER
        for year in range(_year(instant), _year(horizon) + 1):
            found = _transitions(self._info, year, backward)
            position = bisect_right(found, instant)
            if position < len(found):
                return found[position] if found[position] < horizon else NEVER
        return NEVER

    def shown(self, instant: int) -> datetime:
        """An instant on the clock of the zone."""
        return self._shown(instant).replace(microsecond=instant % SECOND)

    def _shown(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant // SECOND, self._info)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> Zone:
    """Raises ValueError where there is no such time zone."""
    try:
        return Zone(name, ZoneInfo(name))
    except (ValueError, OSError, LookupError):  # ZoneInfoNotFoundError is a KeyError; a folder is an OSError
        raise ValueError(f"{name!r} is no time zone: write one of the IANA list, e.g. Europe/Berlin") from None


def micros(moment: datetime) -> int:
    """An aware datetime as an instant."""
    return (moment.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


def wall_clock(moment: datetime) -> int:
    """A naive datetime as a local time."""
    return (moment.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


def utc(instant: int) -> datetime:
    return (_EPOCH + timedelta(microseconds=instant)).replace(tzinfo=UTC)


def _micros(offset: timedelta | None) -> int:
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _year(instant: int) -> int:
    return min(max(1970 + instant // (365 * DAY + DAY // 4), _FIRST_YEAR), _LAST_YEAR)


@lru_cache(maxsize=65_536)
def _first_instant(info: ZoneInfo, local: int) -> int:
    """Kept, because the same openings are asked about again and again."""
    naive = _EPOCH + timedelta(microseconds=local)
    first, second = _micros(info.utcoffset(naive)), _micros(info.utcoffset(naive.replace(fold=1)))
    return local - first if first >= second else _transition(info, local - second, local - first)


@lru_cache(maxsize=4096)
def _transition(info: ZoneInfo, low: int, high: int) -> int:
    """The second in ``(low, high]`` from which on the offset is that of ``high``."""
    first, last = low // SECOND, high // SECOND
    wanted = datetime.fromtimestamp(last, info).utcoffset()
    while first + 1 < last:
        middle = (first + last) // 2
        if datetime.fromtimestamp(middle, info).utcoffset() == wanted:
            last = middle
        else:
            first = middle
    return last * SECOND


@lru_cache(maxsize=4096)
def _transitions(info: ZoneInfo, year: int, backward: bool) -> tuple[int, ...]:
    """When the clock is set, or set back, in a year and a day around it; no zone does so twice within a day."""
    first = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    days = [int(first.timestamp()) + number * 86_400 for number in range(369)]
    offsets = [_micros(datetime.fromtimestamp(second, info).utcoffset()) for second in days]
    return tuple(
        _transition(info, days[number - 1] * SECOND, days[number] * SECOND)
        for number in range(1, len(days))
        if (offsets[number] < offsets[number - 1] if backward else offsets[number] != offsets[number - 1])
    )

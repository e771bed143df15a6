"""Durations as Go's `time.ParseDuration` reads them, which has no days."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]*)(?:(\.)([0-9]*))?([^0-9.]+)")
_LARGEST = (1 << 63) - 1
_LONGEST = 1000


def read_duration(text: str) -> int:
    """Nanoseconds, which may be none or negative. Raises ValueError where Go would not read it."""
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    negative = text.startswith("-")
    if unsigned == "0":
        return 0
    if not unsigned or len(text) > _LONGEST:
        raise ValueError(f"invalid duration {text[:40]!r}")
    total, position = 0, 0
    while position < len(unsigned):
        part = _PART.match(unsigned, position)
        if part is None:
            raise _unreadable(text, unsigned[position:])
        total += _nanoseconds(part, text)
        position = part.end()
    if total > _LARGEST + negative:
        raise ValueError(f"invalid duration {text!r}: it is too long")
    return -total if negative else total


def _nanoseconds(part: re.Match[str], text: str) -> int:
    whole, _, fraction, unit = part.groups()
    if not whole and not fraction:
        raise ValueError(f"invalid duration {text!r}")
    if unit not in _UNITS:
        raise ValueError(f"unknown unit {unit!r} in duration {text!r}")
    # What is smaller than a nanosecond is cut off, of each part.
    return int(whole or 0) * _UNITS[unit] + int(Fraction(int(fraction or 0), 10 ** len(fraction or "")) * _UNITS[unit])


def _unreadable(text: str, rest: str) -> ValueError:
    """A number without a unit, or no number at all."""
    missing = rest[:1].isdigit() or rest[:1] == "."
    return ValueError(f"{'missing unit in' if missing else 'invalid'} duration {text!r}")

"""Durations and lists as sentences want them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def lasting(duration: timedelta) -> str:
    """``1 day``, ``90 minutes``, ``2.5 seconds``: in the largest unit of which it is a whole number."""
    for name, unit in _UNITS:
        if duration and not duration % unit:
            return counted(duration // unit, name)
    seconds = f"{duration.total_seconds():g}"
    return f"{seconds} second{'' if seconds == '1' else 's'}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(items: Iterable[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, final = list(items) or [""]
    return f"{', '.join(most)} {last} {final}" if most else final

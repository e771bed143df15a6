"""Times for people: how long ago, and when on this machine's clock. JSON has them in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def ago(moment: datetime, now: datetime) -> str:
    """``just now``, ``5 min ago``, ``3 h ago``, ``12 d ago``."""
    passed = now - moment
    for unit, length in _UNITS:
        if passed >= length:
            return f"{passed // length} {unit} ago"
    return "just now"


def local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def since(moment: datetime, now: datetime) -> str:
    return f"{local(moment)} ({ago(moment, now)})"


def ahead(moment: datetime, now: datetime) -> str:
    """``in 5 min``, ``in 3 h``, ``in 12 d``; as `ago` says it for what is over."""
    left = moment - now
    if left <= timedelta():
        return ago(moment, now)
    for unit, length in _UNITS:
        if left >= length:
            return f"in {left // length} {unit}"
    return "just now"


def relative(moment: datetime, now: datetime) -> str:
    """On this machine's clock, and how far that is from now, before or after."""
    return f"{local(moment)} ({ahead(moment, now)})"

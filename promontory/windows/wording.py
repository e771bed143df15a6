"""Windows and times in words, for people: gates, `promontory windows`, the runbook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from promontory.options import format_duration
from promontory.windows.cron import explain_schedule
from promontory.windows.window import Edge, Window
from promontory.windows.zones import micros, zone_of

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
# A day and a half is still told in hours.
_DAYS_FROM = timedelta(hours=48)


def window_in_words(window: Window) -> str:
    """``allow at 02:00 on Monday through Friday, for 2h, Europe/Berlin``; what it is called in front, if it is."""
    told = f"{window.kind} {when_in_words(window)}"
    return f"{window.description} ({told})" if window.description else told


def when_in_words(window: Window) -> str:
    """``at 02:00 on Monday through Friday, for 2h, Europe/Berlin``."""
    if window.start is not None and window.end is not None:
        return f"from {_edge(window.start)} to {_edge(window.end)}, {window.timezone}"
    return f"{schedule_in_words(window.schedule)}, for {format_duration(window.duration)}, {window.timezone}"


def schedule_in_words(schedule: str) -> str:
    """A cron schedule: ``at 02:00 on Monday through Friday``."""
    told = explain_schedule(schedule)
    return told[:1].lower() + told[1:]


def clock_time(moment: datetime, zone: str) -> str:
    """``2026-11-24 02:00 Europe/Berlin``.

    Seconds are told where there are any, and in an hour that repeats itself how far the clock is ahead of UTC.
    """
    shown = zone_of(zone).shown(micros(moment))
    seconds = f":{shown:%S}" if shown.second else ""
    twice = shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset()
    return f"{shown:%Y-%m-%d %H:%M}{seconds}{f' ({shown:%z})' if twice else ''} {zone}"


def in_time(moment: datetime, now: datetime) -> str:
    """``in 13 h``, ``in 4 d``, ``in 20 min``; rounded to the nearest, ``now`` where it is there."""
    left = moment - now
    if left <= timedelta(0):
        return "now"
    for unit, length in _UNITS:
        if left >= (_DAYS_FROM if unit == "d" else length):
            return f"in {round(left / length)} {unit}"
    return "in less than a minute"


def _edge(edge: Edge) -> str:
    if isinstance(edge, datetime):
        shown = edge.astimezone(UTC) if edge.tzinfo else edge
        return f"{shown:%Y-%m-%d %H:%M}{' UTC' if edge.tzinfo else ''}"
    return f"{edge:%Y-%m-%d}"

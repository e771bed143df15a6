"""Times as they are typed, and as they are shown beside each other."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from promontory.errors import UsageError

_YEARS = range(1970, 9000)


def read_time(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    """ISO 8601; a time without an offset is one of this machine's clock."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.year not in _YEARS:
        raise UsageError(f"{text!r} is no time", 'write 2026-11-24, "2026-11-24 02:00" or 2026-11-24T02:00+01:00')
    return moment if moment.tzinfo else moment.astimezone()


def both_clocks(moment: datetime) -> str:
    """``2026-11-24 02:00 on this machine's clock, 01:00 UTC``; one of them where they are the same."""
    here, there = moment.astimezone(), moment.astimezone(UTC)
    if here.utcoffset() == there.utcoffset():
        return f"{there:%Y-%m-%d %H:%M} UTC"
    shown = f"{there:%H:%M}" if there.date() == here.date() else f"{there:%Y-%m-%d %H:%M}"
    return f"{here:%Y-%m-%d %H:%M} on this machine's clock, {shown} UTC"

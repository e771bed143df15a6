"""How it is told that a promotion waits for gates: for views, which plan nothing."""

from __future__ import annotations

from datetime import datetime

from promontory.clock import moment
from promontory.entry import Entry


def at_gates(entry: Entry) -> str:
    """Why a ``waiting`` entry's promotion waits, and until when, as far as that is known."""
    return told_closed(entry.reason, entry.until)


def told_closed(reason: str, until: datetime | None) -> str:
    """``window: outside of its windows; goes on 2025-03-01 02:00 UTC``, unless the gates say that themselves."""
    return f"{reason}; goes on {moment(until)}" if until and moment(until) not in reason else reason

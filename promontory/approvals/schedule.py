"""When a request that waits is to be looked at again: for a reminder, for its end, and for news of the forge. Pure.

Every moment follows from the request alone, so that all who look mean the same one, and each happens once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from promontory.approvals.rule import Rule
from promontory.entry import Entry

_GROWTH, _MOST = 0.1, 20


def expires_at(rule: Rule, request: Entry) -> datetime | None:
    return request.at + rule.expires if rule.expires else None


def next_reminder(rule: Rule, request: Entry, now: datetime) -> datetime | None:
    """The first one after ``now``; None where nobody is reminded, or the request has expired by then."""
    if rule.remind is None:
        return None
    passed = max((now - request.at) // rule.remind, 0)
    moment = request.at + (passed + 1) * rule.remind
    ends = expires_at(rule, request)
    return moment if ends is None or moment <= ends else None


def reminder_due(rule: Rule, request: Entry, entries: Sequence[Entry], now: datetime) -> bool:
    """Whether the interval that ``now`` is in has not had its reminder yet; intervals that nobody saw have none."""
    if rule.remind is None or now < request.at + rule.remind:
        return False
    began = request.at + ((now - request.at) // rule.remind) * rule.remind
    return not any(
        entry.kind == "reminded" and entry.digest == request.digest and entry.at >= began for entry in entries
    )


def next_look(request: Entry, now: datetime, least: timedelta) -> datetime:
    """When to ask the forge again: the intervals grow with the request's age, up to twenty times ``least``."""
    moment = request.at
    while moment <= max(now, request.at):
        age = moment - request.at
        moment += min(max(age * _GROWTH, least), least * _MOST)
    return moment


def next_due(rule: Rule, request: Entry, now: datetime, look_every: timedelta | None = None) -> datetime | None:
    """The next moment at which something is to be done; None where nothing ever is but to wait."""
    ends = expires_at(rule, request)
    # A request waits up to and with the moment at which it expires.
    over = ends + timedelta(seconds=1) if ends else None
    looks = next_look(request, now, look_every) if look_every else None
    moments = [each for each in (over, next_reminder(rule, request, now), looks) if each and each > now]
    return min(moments, default=None)

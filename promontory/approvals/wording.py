"""How approvals are spoken of: in forms, on terminals, in the ledger and in refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from promontory.approvals.rule import Rule
from promontory.clock import moment
from promontory.entry import Entry


def rejected(entry: Entry) -> str:
    return f"rejected by {entry.by}: {entry.reason or 'no reason given'}"


def expired(rule: Rule, request: Entry, answers: Sequence[Entry], *, enough: bool) -> str:
    if enough:
        return f"the approval by {answers[-1].by} is too old: after {until(rule, answers[-1])} it no longer counted"
    return f"{'not everybody' if answers else 'nobody'} answered before {until(rule, request)}"


def until(rule: Rule, since: Entry) -> str:
    return moment(since.at + (rule.expires or timedelta()))


def waiting_for(rule: Rule, missing: int, request: Entry | None = None) -> str:
    people = f" of {', '.join(rule.approvers)}" if rule.approvers else ""
    wanted = f"{missing} more {'signed ' if rule.signed else ''}approval{'s' if missing > 1 else ''}{people} wanted"
    return f"{wanted}: promontory approve {request.promotion} --sign" if rule.signed and request else wanted

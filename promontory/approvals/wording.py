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


def lapsed_notice(names: Sequence[str]) -> str:
    """What those who approved something else must know; empty where nobody had."""
    if not names:
        return ""
    whose = f"the approval of {names[0]} counts" if len(names) == 1 else f"the approvals of {', '.join(names)} count"
    return f"what would be pushed has changed; {whose} no longer"


def in_request(rule: Rule, by: Sequence[str], missing: str, promotion: str) -> str:
    """What a pull request says of the approval: who gave theirs, and how one is given."""
    given = f"Approved by {', '.join(by)}. " if by else ""
    if not missing:
        return f"{given}No more approvals are wanted."
    reviewed = rule.approvers and not rule.signed
    how = "An approving review of the present head is one, and so is" if reviewed else "Give one with"
    return f"{given}{missing[0].upper()}{missing[1:]}. {how} `promontory approve {promotion}`."

"""Who said yes, to exactly which plan. Pure: judges what the ledger holds against the environment's rule.

An answer counts only for the plan digest it was given for (design, decision 2); one rejection is enough to
stop the promotion. A name proves nothing by itself: `proof` in the ledger says which way it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from promontory.change import Value
from promontory.clock import moment
from promontory.entry import Entry


class Rule(Protocol):
    """An environment's ``approval:``; how many different people must say yes, and who may."""

    @property
    def required(self) -> int: ...
    @property
    def approvers(self) -> Sequence[str]: ...
    @property
    def expires(self) -> timedelta | None: ...


class ApprovalState(Value):
    """Where a request stands. ``by`` are those who approved; ``reason`` says why it is not granted."""

    status: Literal["granted", "waiting", "rejected", "expired"]
    by: tuple[str, ...] = ()
    missing: int = 0
    reason: str = ""


def judge(rule: Rule, entries: Sequence[Entry], digest: str, now: datetime) -> ApprovalState:
    """``entries`` are one promotion's, in the order of events; ``digest`` is of the plan to be pushed now."""
    for entry in entries:
        if entry.kind == "rejected":
            return ApprovalState(
                status="rejected", reason=f"rejected by {entry.by}: {entry.reason or 'no reason given'}"
            )
    concerned = [entry for entry in entries if entry.digest == digest]
    request = next((entry for entry in reversed(concerned) if entry.kind == "requested"), None)
    answers = [e for e in concerned if e.kind == "approved" and may_answer(rule, e.by) and in_time(rule, request, e.at)]
    good = {_person(answer.by): answer.by for answer in reversed(answers) if in_time(rule, answer, now)}
    by = tuple(reversed(good.values()))
    if len(by) >= rule.required:
        return ApprovalState(status="granted", by=by)
    if request and not in_time(rule, request, now):
        return ApprovalState(status="expired", by=by, reason=_expiry(rule, request, answers))
    missing = rule.required - len(by)
    return ApprovalState(status="waiting", by=by, missing=missing, reason=waiting_for(rule, missing))


def in_time(rule: Rule, since: Entry | None, moment: datetime) -> bool:
    """Whether a request still waited, or an approval was still good, at that moment."""
    return since is None or rule.expires is None or moment <= since.at + rule.expires


def may_answer(rule: Rule, who: str) -> bool:
    """Everybody may where the rule names nobody; else the name, or the address in ``Name <address>``, must be listed.

    Letter case does not count.
    """
    names = {who.casefold(), _person(who)}
    return not rule.approvers or any(approver.casefold() in names for approver in rule.approvers)


def _person(who: str) -> str:
    """The address in ``Name <address>``, else the name: what two signatures of one person have in common."""
    return who.rpartition("<")[2].partition(">")[0].strip().casefold()


def _expiry(rule: Rule, request: Entry, answers: Sequence[Entry]) -> str:
    if len({_person(answer.by) for answer in answers}) >= rule.required:
        return f"the approval by {answers[-1].by} is too old: after {_until(rule, answers[-1])} it no longer counted"
    return f"{'not everybody' if answers else 'nobody'} answered before {_until(rule, request)}"


def _until(rule: Rule, since: Entry) -> str:
    return moment(since.at + (rule.expires or timedelta()))


def waiting_for(rule: Rule, missing: int) -> str:
    people = f" of {', '.join(rule.approvers)}" if rule.approvers else ""
    return f"{missing} more approval{'s' if missing > 1 else ''}{people} wanted"

"""Who said yes, to exactly which plan. Pure: judges what the ledger holds against the environment's rule.

An answer counts only for the plan digest it was given for (design, decision 2); one rejection is enough to
stop the promotion. A name proves nothing by itself: `proof` in the ledger says which way it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from promontory.model import Value
from promontory.record import Entry


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
    asked = [entry for entry in entries if entry.kind == "requested" and entry.digest == digest]
    for entry in entries:
        if entry.kind == "rejected":
            return ApprovalState(
                status="rejected", reason=f"rejected by {entry.by}: {entry.reason or 'no reason given'}"
            )
    by = tuple(
        dict.fromkeys(e.by for e in entries if e.kind == "approved" and e.digest == digest and may_answer(rule, e.by))
    )
    if len(by) >= rule.required:
        return ApprovalState(status="granted", by=by)
    if asked and rule.expires and now > asked[-1].at + rule.expires:
        return ApprovalState(
            status="expired", by=by, reason=f"nobody answered before {asked[-1].at + rule.expires:%Y-%m-%d %H:%M} UTC"
        )
    missing = rule.required - len(by)
    return ApprovalState(status="waiting", by=by, missing=missing, reason=waiting_for(rule, missing))


def may_answer(rule: Rule, who: str) -> bool:
    """Everybody may where the rule names nobody; else the name, or the address in ``Name <address>``, must be listed.

    Letter case does not count.
    """
    names = {who.casefold(), who.rpartition("<")[2].rstrip(">").casefold()}
    return not rule.approvers or any(approver.casefold() in names for approver in rule.approvers)


def waiting_for(rule: Rule, missing: int) -> str:
    people = f" of {', '.join(rule.approvers)}" if rule.approvers else ""
    return f"{missing} more approval{'s' if missing > 1 else ''}{people} wanted"

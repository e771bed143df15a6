"""Who said yes, to exactly which plan. Pure: judges what the ledger holds against the environment's rule.

An answer counts only for the plan digest it was given for (design, decision 2); one rejection is enough to stop the
promotion. A name proves nothing by itself: `proof` in the ledger says which way it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from promontory.approvals import wording
from promontory.approvals.people import may_approve, still_wanted
from promontory.approvals.rule import NO_PROOFS, Proofs, Rule, requests_in
from promontory.change import Value
from promontory.entry import Entry

_FAULTS_SHOWN = 3


class ApprovalState(Value):
    """Where a request stands.

    ``by`` are those who approved, ``wanted`` those who may still do (empty: anybody), ``lapsed`` those whose approval
    was for what would have been pushed before that changed. ``reason`` says why it is not granted.
    """

    status: Literal["granted", "waiting", "rejected", "expired"]
    by: tuple[str, ...] = ()
    missing: int = 0
    reason: str = ""
    wanted: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()


def judge(
    rule: Rule, entries: Sequence[Entry], digest: str, now: datetime, proofs: Proofs = NO_PROOFS
) -> ApprovalState:
    """``entries`` are one promotion's, in the order of events; ``digest`` is of the plan to be pushed now.

    ``proofs`` say whether a yes is proven, where the rule wants that.
    """
    for entry in entries:
        if entry.kind == "rejected" and entry.proof is None:  # nobody said so: time did
            return ApprovalState(status="expired", reason=entry.reason)
        if entry.kind == "rejected":
            return ApprovalState(status="rejected", reason=wording.rejected(entry))
    request = request_for(entries, digest)
    answers = [entry for entry in counted(rule, entries, digest, proofs) if in_time(rule, request, entry.at)]
    by = by_person(rule, [answer for answer in answers if in_time(rule, answer, now)])
    if len(by) >= rule.required:
        return ApprovalState(status="granted", by=by)
    if request and not in_time(rule, request, now):
        enough = len(by_person(rule, answers)) >= rule.required
        return ApprovalState(status="expired", by=by, reason=wording.expired(rule, request, answers, enough=enough))
    missing = rule.required - len(by)
    return ApprovalState(
        status="waiting",
        by=by,
        missing=missing,
        reason="; ".join(
            [wording.waiting_for(rule, missing, request), *unproven(rule, entries, digest, proofs)],
        ),
        wanted=still_wanted(rule, entries, by),
        lapsed=lapsed(rule, entries, digest),
    )


def request_for(entries: Sequence[Entry], digest: str) -> Entry | None:
    return next((entry for entry in reversed(requests_in(entries)) if entry.digest == digest), None)


def counted(rule: Rule, entries: Sequence[Entry], digest: str, proofs: Proofs = NO_PROOFS) -> list[Entry]:
    """The approvals of exactly this plan by people who may give one, in the order of events."""
    return [
        entry
        for entry in entries
        if entry.kind == "approved"
        and entry.digest == digest
        and may_approve(rule, entry.by, entries)
        and not (rule.signed and proofs.fault(entry))
    ]


def unproven(rule: Rule, entries: Sequence[Entry], digest: str, proofs: Proofs) -> list[str]:
    """What is wrong with the approvals that would count if they were proven, the last of them, in words."""
    given = counted(replace(rule, signed=False), entries, digest) if rule.signed else []
    faults = dict.fromkeys(fault for entry in given if (fault := proofs.fault(entry)))
    return list(faults)[-_FAULTS_SHOWN:]


def by_person(rule: Rule, answers: Sequence[Entry]) -> tuple[str, ...]:
    """As they signed, each person once."""
    first = {rule.people.person(answer.by): answer.by for answer in reversed(answers)}
    return tuple(reversed(first.values()))


def lapsed(rule: Rule, entries: Sequence[Entry], digest: str) -> tuple[str, ...]:
    """Those who approved something else than what would be pushed now, and have not approved this."""
    said = [entry for entry in entries if entry.kind == "approved"]
    again = rule.people.persons(entry.by for entry in said if entry.digest == digest)
    before = [entry for entry in said if entry.digest != digest and rule.people.person(entry.by) not in again]
    return by_person(rule, before)


def in_time(rule: Rule, since: Entry | None, moment: datetime) -> bool:
    """Whether a request still waited, or an approval was still good, at that moment."""
    return since is None or rule.expires is None or moment <= since.at + rule.expires

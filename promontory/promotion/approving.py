"""Asking for approvals and recording the answers. Whatever way an answer came, it is one kind of entry."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from promontory.approvals import ApprovalState, in_time, may_answer
from promontory.entry import Entry
from promontory.errors import NotAllowed, PlanChanged, UsageError
from promontory.model import GateState, Place, Plan, SuiteResult
from promontory.promotion.delivery import planned_entries
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Record

log = logging.getLogger("promontory.promotion")
Decision = Literal["approved", "rejected"]


def request_approval(
    workspace: Workspace, hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: Sequence[SuiteResult]
) -> ApprovalState:
    """Record that ``plan`` wants approval, once for each digest, and say where that stands.

    An earlier request for another digest lapses with its answers, because they were for something else.
    """
    entries = workspace.record(hop.place).of(hop.promotion)
    asked = [entry for entry in entries if entry.kind == "requested"]
    digest = plan.digest
    if not any(entry.digest == digest for entry in asked):
        lapsed = "what would be pushed has changed; earlier answers no longer count" if asked else ""
        recorded = planned_entries(workspace, hop, plan, gates, tuple(suites))
        wanted = [
            workspace.hop_entry(
                "requested",
                member,
                previous=part.previous,
                digest=digest,
                members=len(hop.members),
                reason=lapsed,
            )
            for member, part in zip(hop.members, plan.members, strict=True)
        ]
        workspace.append([*recorded, *wanted])
        log.info("approve-%s: approval wanted: promontory approve %s", hop.environment, hop.promotion)
    return _state(workspace, hop, plan)


def approval_state(workspace: Workspace, hop: Hop, plan: Plan) -> ApprovalState:
    """Where the request stands by now, whatever way the answers came."""
    workspace.repository.sync()
    return _state(workspace, hop, plan)


def _state(workspace: Workspace, hop: Hop, plan: Plan) -> ApprovalState:
    """Granted, waiting, rejected or expired; an expiry is recorded, so that a later run asks anew."""
    record = workspace.record(hop.place)
    rule = rule_for(workspace, hop.environment)
    state = judged(workspace, rule, record.of(hop.promotion), plan.digest)
    if state.status == "expired":
        asked = [_asked(workspace, member.place, hop.promotion, plan.digest) for member in hop.members]
        workspace.append([_answer(workspace, entry, "rejected", state.reason) for entry in asked if entry])
    return state


def _asked(workspace: Workspace, place: Place, promotion: str, digest: str) -> Entry | None:
    entries = workspace.record(place).of(promotion)
    return next((entry for entry in entries if entry.kind == "requested" and entry.digest == digest), None)


def answer(
    workspace: Workspace, promotion: str, decision: Decision, note: str, proof: str, digest: str | None = None
) -> Entry:
    """Record the actor's answer to the open request of ``promotion`` (an id, or a prefix that is unique).

    ``digest`` is that of the plan the actor has seen, where one was shown. Raises `UsageError` where no such request
    is open, `NotAllowed` where the actor may not answer it, and `PlanChanged` where it is about another plan by now.
    """
    return workspace.racing(lambda: _record_answer(workspace, promotion, decision, note, proof, digest))


def _record_answer(
    workspace: Workspace, promotion: str, decision: Decision, note: str, proof: str, digest: str | None
) -> Entry:
    seen = workspace.ledger_head()
    request = find_request(workspace, promotion)
    if digest is not None and request.digest != digest:
        raise PlanChanged(
            f"what waits for approval has changed while it was looked at ({request.promotion})",
            "nothing was recorded; look at it again and answer then",
        )
    rule = rule_for(workspace, request.environment)
    who = workspace.actor.by
    if rule and not may_answer(rule, who):
        raise NotAllowed(
            f"{who} is not among the approvers of {request.environment}: {', '.join(rule.approvers)}",
            "ask one of them, or use --as with the name that promontory.yaml lists, if it is yours",
        )
    if rule and not in_time(rule, request, workspace.clock.now()):
        raise NotAllowed(
            f"the request to approve {request.release} for {request.environment} has expired",
            f"promote it again to ask anew: promontory promote {request.application} {request.release} "
            f"--to {request.environment}",
        )
    record = workspace.record(request.place)
    given = [entry for entry in record.of(request.promotion) if entry.kind == decision and entry.by == who]
    if same := [entry for entry in given if entry.digest == request.digest]:
        return same[-1]
    together = asked_together(workspace, request)
    entries = [_answer(workspace, each, decision, note, proof) for each in together]
    workspace.append_at(entries, seen)
    return entries[0]


def _answer(workspace: Workspace, request: Entry, decision: Decision, note: str, proof: str | None = None) -> Entry:
    return workspace.entry(
        decision,
        request.place,
        request.release,
        request.promotion,
        digest=request.digest,
        members=request.members,
        reason=note,
        proof=proof,
    )


def open_requests(workspace: Workspace) -> tuple[Entry, ...]:
    """Every approval that is waited for, oldest first; places and people as the ledger has them.

    Where several applications move together, the request of the first one stands for all (`asked_together`).
    """
    first = {entry.promotion: entry for entry in reversed(_open_requests(workspace))}
    return tuple(sorted(first.values(), key=lambda entry: entry.at))


def asked_together(workspace: Workspace, request: Entry) -> tuple[Entry, ...]:
    """The open requests of all applications that move together in the promotion, ``request`` first."""
    if request.members == 1:
        return (request,)
    asked = (request.promotion, request.digest)
    others = (entry for entry in _open_requests(workspace) if (entry.promotion, entry.digest) == asked)
    return (request, *(entry for entry in others if entry.place != request.place))


def _open_requests(workspace: Workspace) -> list[Entry]:
    waiting: list[Entry] = []
    for application in workspace.config.applications:
        by_place: dict[str, list[Entry]] = {}
        for entry in workspace.ledger.entries(application):
            by_place.setdefault(entry.environment, []).append(entry)
        for entries in by_place.values():
            waiting += Record(tuple(entries)).requests()
    return waiting


def find_request(workspace: Workspace, promotion: str) -> Entry:
    found = [entry for entry in open_requests(workspace) if promotion and entry.promotion.startswith(promotion)]
    if len(found) == 1:
        return found[0]
    what = "several approvals begin with" if found else "no approval is waiting with the id"
    raise UsageError(f"{what} {promotion!r}", "promontory pending lists them")


def plan_of(workspace: Workspace, request: Entry) -> Plan | None:
    """The plan that ``request`` asks about, of all applications that move together."""
    plans = [_plan(workspace, each) for each in asked_together(workspace, request)]
    if plans[0] is None:
        return None
    return plans[0].model_copy(update={"also": tuple(plan for plan in plans[1:] if plan)})


def _plan(workspace: Workspace, request: Entry) -> Plan | None:
    entries = workspace.record(request.place).of(request.promotion)
    return next((e.plan for e in reversed(entries) if e.plan and e.digest == request.digest), None)

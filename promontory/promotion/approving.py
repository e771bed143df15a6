"""Asking for approvals and recording the answers. Whatever way an answer came, it is one kind of entry."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.approvals import ApprovalState, Rule, in_force, lapsed, lapsed_notice
from promontory.approvals.refusing import Decision, checked_name, checked_note, refusal
from promontory.approvals.schedule import reminder_due
from promontory.entry import Entry, EntryKind
from promontory.errors import PlanChanged
from promontory.model import GateState, Place, Plan, SuiteResult
from promontory.promotion.delivery import planned_entries
from promontory.promotion.judging import judged, proofs_for, rule_for
from promontory.promotion.requests import asked_together, find_request
from promontory.promotion.signing import Signed, repository_called, taken
from promontory.promotion.superseding import ensure_not_superseded, overtaking
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")


def request_approval(
    workspace: Workspace, hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: Sequence[SuiteResult]
) -> ApprovalState:
    """Record that ``plan`` wants approval, once for each digest, and say where that stands.

    An earlier request for another digest lapses with its answers, because they were for something else. What the
    promotion overtakes ends in the same push; raises what `overtaking` does.
    """
    workspace.racing(lambda: _request(workspace, hop, plan, gates, tuple(suites)))
    return standing(workspace, hop.place, hop.promotion, plan.digest)


def _request(
    workspace: Workspace, hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: tuple[SuiteResult, ...]
) -> None:
    seen = workspace.ledger_head()
    overtaken = overtaking(workspace, hop)
    entries = workspace.record(hop.place).of(hop.promotion)
    asked = [entry for entry in entries if entry.kind == "requested"]
    digest = plan.digest
    if not any((entry.digest, entry.break_glass) == (digest, hop.break_glass) for entry in asked[-1:]):
        changed = _changed(rule_for(workspace, hop.environment), entries, digest) if asked else ""
        recorded = planned_entries(workspace, hop, plan, gates, suites)
        wanted = [
            workspace.hop_entry(
                "requested",
                member,
                previous=part.previous,
                digest=digest,
                members=len(hop.members),
                repository=repository_called(workspace),
                reason=changed,
                break_glass=hop.break_glass,
            )
            for member, part in zip(hop.members, plan.members, strict=True)
        ]
        workspace.append_at([*overtaken, *recorded, *wanted], seen)
        log.info("approve-%s: approval wanted: promontory approve %s", hop.environment, hop.promotion)


def _changed(rule: Rule | None, entries: Sequence[Entry], digest: str) -> str:
    """What becomes of the answers to another plan, in words: those who gave them want to know."""
    gone = lapsed(rule, entries, digest) if rule else ()
    return lapsed_notice(gone) or "what would be pushed has changed; earlier answers no longer count"


def approval_state(workspace: Workspace, hop: Hop, plan: Plan) -> ApprovalState:
    """Where the request stands by now, whatever way the answers came."""
    workspace.repository.sync()
    return standing(workspace, hop.place, hop.promotion, plan.digest)


def standing(workspace: Workspace, place: Place, promotion: str, digest: str) -> ApprovalState:
    """Granted, waiting, rejected or expired; raises `Superseded`. Whoever looks also records what time has brought.

    That is an expiry, so that a later run asks anew; or that the approvers are reminded, once in each interval.
    """
    return workspace.racing(lambda: _standing(workspace, place, promotion, digest))


def _standing(workspace: Workspace, place: Place, promotion: str, digest: str) -> ApprovalState:
    seen = workspace.ledger_head()
    ensure_not_superseded(workspace, place, promotion)
    rule = rule_for(workspace, place.environment)
    entries = workspace.record(place).of(promotion)
    state = judged(workspace, rule, entries, digest)
    request = next((e for e in entries if e.kind == "requested" and e.digest == digest), None)
    if rule is None or request is None:
        return state
    if state.status == "expired" and not any(entry.kind == "rejected" for entry in entries):
        _append(workspace, request, "rejected", state.reason, seen)
    elif state.status == "waiting" and reminder_due(rule, request, entries, workspace.clock.now()):
        _append(workspace, request, "reminded", state.reason, seen)
        log.info("approve-%s: still waiting: %s", place.environment, state.reason)
    return state


def _append(workspace: Workspace, request: Entry, kind: EntryKind, reason: str, seen: str | None) -> None:
    workspace.append_at([_about(workspace, each, kind, reason) for each in asked_together(workspace, request)], seen)


def answer(
    workspace: Workspace, promotion: str, decision: Decision, note: str, proof: str | Signed, digest: str | None = None
) -> Entry:
    """Record the actor's answer to the open request of ``promotion`` (an id, or a prefix that is unique).

    ``proof`` says which way it came, and may bring a signature, which is verified whether the rule wants one or not.
    ``digest`` is that of the plan the actor has seen, where one was shown. Raises `UsageError` where there is no such
    request or something is missing in the answer, `NotAllowed` where the request is over or the actor may not give this
    answer, and `PlanChanged` where it is about another plan by now.
    """
    checked_name(workspace.actor.by)
    said = checked_note(decision, note)
    return workspace.racing(lambda: _record_answer(workspace, promotion, decision, said, proof, digest))


def _record_answer(
    workspace: Workspace, promotion: str, decision: Decision, note: str, proof: str | Signed, digest: str | None
) -> Entry:
    seen = workspace.ledger_head()
    request = find_request(workspace, promotion)
    if digest is not None and request.digest != digest:
        raise PlanChanged(
            f"what waits for approval has changed while it was looked at ({request.promotion})",
            "nothing was recorded; look at it again and answer then",
        )
    together = asked_together(workspace, request)
    way, signature = taken(workspace, together, decision, proof)
    given = [
        _about(workspace, each, decision, note, way).model_copy(update={"signature": signature}) for each in together
    ]
    rule = rule_for(workspace, request.environment)
    entries = workspace.record(request.place).of(request.promotion)
    proofs = proofs_for(workspace)
    rule = in_force(rule, request) if rule else None
    if rule and (refused := refusal(rule, given[0], request, entries, workspace.clock.now(), proofs)):
        raise refused
    workspace.append_at(given, seen)
    return given[0]


def _about(workspace: Workspace, request: Entry, kind: EntryKind, reason: str, proof: str | None = None) -> Entry:
    """Something that happens to a request: an answer, an expiry, a reminder."""
    return workspace.entry(
        kind,
        request.place,
        request.release,
        request.promotion,
        digest=request.digest,
        members=request.members,
        reason=reason,
        proof=proof,
    )

"""Where a request for approval stands, by the rule in force and the answers in the ledger: one way to ask, for all."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.approvals import (
    ApprovalState,
    Proofs,
    Rule,
    in_force,
    in_request,
    judge,
    lapsed,
    lapsed_notice,
    request_for,
    rule_of,
)
from promontory.approvals.schedule import expires_at
from promontory.clock import moment
from promontory.entry import Entry
from promontory.model import Place
from promontory.promotion.proving import proofs_in
from promontory.promotion.workspace import Workspace


def rule_for(workspace: Workspace, environment: str) -> Rule | None:
    return rule_of(workspace.config, environment)


def judged(workspace: Workspace, rule: Rule | None, entries: Sequence[Entry], digest: str) -> ApprovalState:
    """``entries`` are one promotion's; granted, where no approval is wanted (any more)."""
    if rule is None:
        return ApprovalState(status="granted")
    asked = in_force(rule, request_for(entries, digest))
    return judge(asked, entries, digest, workspace.clock.now(), proofs_for(workspace))


def proofs_for(workspace: Workspace) -> Proofs:
    """Is this answer proven? Asked of each yes where the rule says ``signed: true``."""
    return proofs_in(workspace)


def told_in_request(workspace: Workspace, place: Place, promotion: str, digest: str) -> str:
    """What a pull request says of its approval; empty where none is wanted."""
    rule = rule_for(workspace, place.environment)
    if rule is None:
        return ""
    state = judged(workspace, rule, workspace.record(place).of(promotion), digest)
    return in_request(rule, state.by, state.reason, promotion)


def told_of_request(workspace: Workspace, place: Place, promotion: str, digest: str) -> str:
    """Who asked, and until when an answer counts."""
    request = request_for(workspace.record(place).of(promotion), digest)
    if request is None:
        return ""
    rule = rule_for(workspace, place.environment)
    ends = expires_at(rule, request) if rule else None
    return f"Asked for by {request.by}{f'; expires {moment(ends)}' if ends else ''}"


def told_of_lapsed(workspace: Workspace, place: Place, promotion: str) -> str:
    """Whose approvals a promotion takes along that ends because it would be another one; empty where nobody had."""
    rule = rule_for(workspace, place.environment)
    gone = lapsed(rule, workspace.record(place).of(promotion), "") if rule else ()
    return f"; {lapsed_notice(gone)}" if gone else ""

"""Where a request for approval stands, by the rule in force and the answers in the ledger: one way to ask, for all."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.approvals import ApprovalState, Proofs, Rule, judge, rule_of
from promontory.entry import Entry
from promontory.promotion.proving import proofs_in
from promontory.promotion.workspace import Workspace


def rule_for(workspace: Workspace, environment: str) -> Rule | None:
    return rule_of(workspace.config, environment)


def judged(workspace: Workspace, rule: Rule | None, entries: Sequence[Entry], digest: str) -> ApprovalState:
    """``entries`` are one promotion's; granted, where no approval is wanted (any more)."""
    if rule is None:
        return ApprovalState(status="granted")
    return judge(rule, entries, digest, workspace.clock.now(), proofs_for(workspace))


def proofs_for(workspace: Workspace) -> Proofs:
    """Is this answer proven? Asked of each yes where the rule says ``signed: true``."""
    return proofs_in(workspace)

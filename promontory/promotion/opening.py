"""A pull request is opened once, however often a run restarts, and says what its branch says."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.entry import Entry
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.breaking_glass import broken_before, glass_in_request
from promontory.promotion.judging import told_in_request
from promontory.promotion.message import subject
from promontory.promotion.proposing import open_proposal
from promontory.promotion.reports import proposal_report
from promontory.promotion.values import Hop
from promontory.promotion.withdrawing import find, proposed_together, tidy
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")


def open_pull_request(
    workspace: Workspace, hop: Hop, plan: Plan, gates: Sequence[GateState] = (), suites: Sequence[SuiteResult] = ()
) -> Entry | None:
    """Open the request for what `propose` has pushed, unless it is there; the entry that knows its number.

    None where the promotion came to its end meanwhile. What was superseded by it is closed.
    """
    proposal = open_proposal(workspace, hop)
    if proposal is None or proposal.pushed is None or proposal.pull_request is None:
        return None
    if proposal.pull_request.number is not None:
        return proposal
    forge = workspace.forge()
    request = find(forge, proposal)
    if request is None:
        options = workspace.config.environment(hop.environment).deliver
        broken = glass_in_request(broken_before(workspace, hop))
        approval = broken or told_in_request(workspace, hop.place, hop.promotion, plan.digest)
        body = proposal_report(plan, gates, suites, hop.promotion, workspace.actor.link, approval)
        base, head = proposal.pull_request.base, proposal.pushed.ref
        opened = forge.open(head, base, subject(hop), body, options.labels, options.reviewers)
        request = opened.request
        for warning in opened.warnings:
            log.warning("propose-%s: %s", hop.environment, warning)
        log.info("propose-%s: opened %s", hop.environment, request.url or f"pull request {request.number}")
    entry = _record(workspace, hop, request.number, request.url)
    for member in hop.members:
        tidy(workspace, member.place)
    return entry


def _record(workspace: Workspace, hop: Hop, number: int, url: str) -> Entry | None:
    def record() -> Entry | None:
        seen = workspace.ledger_head()
        proposal = open_proposal(workspace, hop)
        if proposal is None or proposal.pull_request is None or proposal.pull_request.number == number:
            return proposal
        numbered = proposal.pull_request.model_copy(update={"number": number, "url": url})
        entries = [
            workspace.entry(
                "proposed",
                each.place,
                each.release,
                each.promotion,
                previous=each.previous,
                digest=each.digest,
                pushed=each.pushed,
                pull_request=numbered,
                members=each.members,
            )
            for each in proposed_together(workspace, proposal)
        ]
        workspace.append_at(entries, seen)
        return entries[0]

    return workspace.racing(record)

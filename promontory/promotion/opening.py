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

    One that is there for what was planned before is told what it asks for by now.

    None where the promotion came to its end meanwhile. What was superseded by it is closed.
    """
    proposal = open_proposal(workspace, hop)
    if proposal is None or proposal.pushed is None or proposal.pull_request is None:
        return None
    forge = workspace.forge()
    if (number := proposal.pull_request.number) is not None:
        if _asked_for_another(workspace, proposal):
            forge.update(number, subject(hop), _body(workspace, hop, plan, gates, suites))
        return proposal
    request = find(forge, proposal)
    if request is None:
        options = workspace.config.environment(hop.environment).deliver
        body = _body(workspace, hop, plan, gates, suites)
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


def _asked_for_another(workspace: Workspace, proposal: Entry) -> bool:
    """Whether its branch was made anew for another plan just before."""
    entries = workspace.record(proposal.place).of(proposal.promotion)
    digests = [entry.digest for entry in entries if entry.kind == "proposed"]
    return len(digests) > 1 and digests[-2] != proposal.digest


def _body(workspace: Workspace, hop: Hop, plan: Plan, gates: Sequence[GateState], suites: Sequence[SuiteResult]) -> str:
    broken = glass_in_request(broken_before(workspace, hop))
    approval = broken or told_in_request(workspace, hop.place, hop.promotion, plan.digest)
    return proposal_report(plan, gates, suites, hop.promotion, workspace.actor.link, approval)


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

"""A change that is to go through a pull request: the branch it is asked from, pushed together with its record.

Nothing here speaks to the forge; `opening` does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from promontory.change import PROPOSED_TO
from promontory.entry import Entry, PullRequest, Pushed
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.breaking_glass import broken_before, bypassing, glass_trailers
from promontory.promotion.delivery import changed_plan, check_deliverable, planned_entries
from promontory.promotion.judging import told_of_lapsed
from promontory.promotion.merged_after_all import came_in
from promontory.promotion.message import promotion_message
from promontory.promotion.planning import Drawn, closed, draw_plans, movers
from promontory.promotion.superseding import overtaking
from promontory.promotion.values import Hop
from promontory.promotion.withdrawing import PREFIX, withdraw
from promontory.promotion.workspace import Workspace
from promontory.repository import RefUpdate, Replaced

log = logging.getLogger("promontory.promotion")


def branch_of(hop: Hop) -> str:
    return f"{PREFIX}{hop.environment}/{hop.application}-{hop.promotion}"


def open_proposal(workspace: Workspace, hop: Hop) -> Entry | None:
    """What is known last of this promotion's own pull request, where it is not over yet."""
    return next((e for e in workspace.record(hop.place).proposals() if e.promotion == hop.promotion), None)


def propose(
    workspace: Workspace,
    hop: Hop,
    plan: Plan,
    gates: tuple[GateState, ...] = (),
    suites: Sequence[SuiteResult] = (),
) -> Entry:
    """Push the branch that asks for ``plan``, with its record, once; return the ``proposed`` entry.

    What it overtakes ends in the same push. Where what it has overtaken was merged all the same, the branch is made
    anew on top of that. Raises `PlanChanged` where the plan is another one by now for any other reason (an open pull
    request for it is closed then), `UsageError` where it cannot go through a pull request, and what `overtaking` does.
    """
    check_deliverable(plan)
    known = open_proposal(workspace, hop)
    if known and known.digest != plan.digest and not _goes_on_top(workspace, hop, known):
        gone = told_of_lapsed(workspace, hop.place, hop.promotion)
        withdraw(workspace, known, f"what would be merged is no longer what was proposed{gone}")
        raise changed_plan(hop, plan)
    return workspace.racing(lambda: _propose(workspace, hop, plan, gates, tuple(suites)))


def _propose(
    workspace: Workspace, hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: tuple[SuiteResult, ...]
) -> Entry:
    seen = workspace.ledger_head()
    known = open_proposal(workspace, hop)
    if known and known.digest == plan.digest:
        return known
    drawn = draw_plans(workspace, movers(hop))
    if drawn.plan.digest != plan.digest:
        raise changed_plan(hop, drawn.plan)
    broken = bypassing(workspace, hop, drawn.plan, closed(gates))
    recorded = [*overtaking(workspace, hop), *broken, *planned_entries(workspace, hop, drawn.plan, gates, suites)]
    asked = known.pull_request if known else None
    push = _Push(workspace, hop, drawn, asked or PullRequest(base=plan.ref))
    entry = push.perform(recorded, seen)
    log.info("propose-%s: pushed %s", hop.environment, branch_of(hop))
    return entry


def is_outdated(workspace: Workspace, hop: Hop) -> bool:
    """Whether what is proposed was planned before something that it has overtaken was merged all the same."""
    known = open_proposal(workspace, hop)
    return known is not None and _goes_on_top(workspace, hop, known)


def _goes_on_top(workspace: Workspace, hop: Hop, known: Entry) -> bool:
    """Of what it has overtaken, and nobody else has pushed to its branch."""
    at_home = known.pushed and workspace.repository.heads().get(known.pushed.ref) == known.pushed.after
    return bool(at_home and came_in(workspace, hop, known))


def bring_up_to_date(workspace: Workspace, hop: Hop, plan: Plan) -> Entry | None:
    """Put the branch on the head of its base again; None where somebody else has pushed to it.

    Raises `PlanChanged` where the plan is another one there.
    """
    return workspace.racing(lambda: _bring_up_to_date(workspace, hop, plan))


def _bring_up_to_date(workspace: Workspace, hop: Hop, plan: Plan) -> Entry | None:
    seen = workspace.ledger_head()
    known = open_proposal(workspace, hop)
    drawn = draw_plans(workspace, movers(hop))
    if drawn.plan.digest != plan.digest:
        raise changed_plan(hop, drawn.plan)
    if known is None or known.pushed is None or known.pull_request is None:
        return None
    if workspace.repository.heads().get(known.pushed.ref) != known.pushed.after:
        return None
    if known.pushed.before == drawn.plan.base:
        return known
    entry = _Push(workspace, hop, drawn, known.pull_request).perform([], seen)
    log.info("propose-%s: %s is up to date with %s", hop.environment, known.pushed.ref, plan.ref)
    return entry


@dataclass(frozen=True)
class _Push:
    """One commit of a plan on the branch of its pull request, in place of whatever is there."""

    workspace: Workspace
    hop: Hop
    drawn: Drawn
    pull_request: PullRequest

    def perform(self, recorded: Sequence[Entry], seen: str | None) -> Entry:
        workspace, branch = self.workspace, branch_of(self.hop)
        broken = [entry for entry in recorded if entry.kind == "bypassed"] or broken_before(workspace, self.hop)
        trailers = (
            *glass_trailers(broken),
            *self.drawn.trailers,
            (PROPOSED_TO, self.pull_request.base),
            *workspace.ledger_trailers(),
        )
        message = promotion_message(self.hop, self.drawn.plan, (), workspace.actor.run, trailers)
        there = Replaced(workspace.repository.heads().get(branch))
        updates = [
            replace(update, branch=branch, replaces=there)
            for update in self.drawn.updates(message)
            if isinstance(update, RefUpdate)
        ]
        entries = [*recorded, *self._entries(branch)]
        return workspace.push_recorded(updates, entries, seen)[len(recorded)]

    def _entries(self, branch: str) -> list[Entry]:
        plan = self.drawn.plan
        return [
            self.workspace.hop_entry(
                "proposed",
                member,
                previous=part.previous,
                digest=plan.digest,
                pushed=Pushed(ref=branch, before=plan.base, after=""),
                pull_request=self.pull_request,
                members=len(self.hop.members),
            )
            for member, part in zip(self.hop.members, plan.members, strict=True)
        ]

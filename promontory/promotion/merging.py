"""Look at the pull request of a promotion and do what is to be done about it: wait, merge, record, or end it.

What the forge says is news; whether the environment runs the release is read in Git.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from promontory.clock import moment
from promontory.config import Delivery
from promontory.entry import Entry
from promontory.errors import NotAllowed, TransientError
from promontory.forges import Forge, PullRequest
from promontory.model import Plan
from promontory.promotion.arriving import arrived, arrived_as
from promontory.promotion.breaking_glass import broken_before, glass_in_request, glass_trailers, record_bypassed
from promontory.promotion.delivery import approvers, changed_plan, pushed_entry
from promontory.promotion.judging import told_in_request, told_of_lapsed
from promontory.promotion.merged_after_all import came_in, heed_merges
from promontory.promotion.message import promotion_message, subject
from promontory.promotion.planning import Drawn, ask_all, closed, draw_plans, last_opening, movers, reasons
from promontory.promotion.proposing import bring_up_to_date, open_proposal
from promontory.promotion.reports import proposal_report
from promontory.promotion.superseding import ensure_not_superseded
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.withdrawing import PROOF, find, tidy, withdraw
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")
# Checks are started after the request was opened; for so long nobody's having reported does not mean "no checks".
CHECKS_APPEAR_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class _Look:
    """What was seen; ``proposal`` and ``request`` only where it is still open."""

    state: PullRequestState
    proposal: Entry | None = None
    request: PullRequest | None = None


def news(workspace: Workspace, hop: Hop) -> PullRequestState:
    """What has become of this promotion's pull request meanwhile: merged, closed, gone, or still open."""
    return _look(workspace, hop).state


def settle(workspace: Workspace, hop: Hop, plan: Plan) -> PullRequestState:
    """One look: `news`, and where it is still open, merge it if it is ripe, or bring it up to date.

    Raises `PlanChanged` where what would be merged is another change by now. The request is closed then, unless what it
    has overtaken was merged all the same: then it is proposed anew.
    """
    try:
        look = _look(workspace, hop)
        if look.proposal is None or look.request is None:
            return look.state
        return _settle_open(workspace, hop, plan, look)
    except TransientError as error:
        proposal = open_proposal(workspace, hop)
        if proposal is None:
            raise
        return _waiting(workspace, hop, proposal, error.message, error.retry_after or 0)


def _look(workspace: Workspace, hop: Hop) -> _Look:
    workspace.repository.sync()
    proposal = open_proposal(workspace, hop)
    if proposal is None:
        for member in hop.members:
            tidy(workspace, member.place)  # what a run before this one could not finish
        heed_merges(workspace, hop)
        return _Look(_ended(workspace, hop))
    request = find(workspace.forge(), proposal)
    state = _news(workspace, hop, proposal, request)
    return _Look(state, proposal, request) if state.status == "open" else _Look(state)


def _ended(workspace: Workspace, hop: Hop) -> PullRequestState:
    if done := pushed_entry(workspace, hop):
        return arrived_as(workspace, hop, done)
    ensure_not_superseded(workspace, hop.place, hop.promotion)
    entries = workspace.record(hop.place).of(hop.promotion)
    refusal = next((entry for entry in reversed(entries) if entry.kind == "rejected"), None)
    if refusal is None:
        return PullRequestState(status="none")
    by = "" if refusal.proof == PROOF else f"rejected by {refusal.by}: "
    return PullRequestState(status="refused", reason=f"{by}{refusal.reason}")


def _news(workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest | None) -> PullRequestState:
    known = proposal.pull_request.number is not None if proposal.pull_request else False
    if request is None and not known:
        return _waiting(workspace, hop, proposal, "the pull request is not open yet")
    if request is None:
        return _refused(workspace, proposal, f"{proposal.address} is no longer there")
    if request.state == "merged":
        return arrived(workspace, hop, proposal, request)
    if request.state == "closed":
        who = f" by {request.closed_by}" if request.closed_by else ""
        return _refused(workspace, proposal, f"{proposal.address} was closed{who}", request.closed_by)
    if proposal.pushed and proposal.pushed.ref not in workspace.repository.heads():
        return _refused(workspace, proposal, f"somebody deleted its branch {proposal.pushed.ref}")
    return _waiting(workspace, hop, proposal, f"{proposal.address} is open")


def _refused(workspace: Workspace, proposal: Entry, reason: str, by: str | None = None) -> PullRequestState:
    withdraw(workspace, proposal, reason, by)
    return PullRequestState(status="refused", reason=reason, url=proposal.address)


def _waiting(workspace: Workspace, hop: Hop, proposal: Entry, reason: str, retry_after: float = 0) -> PullRequestState:
    first = next(e for e in workspace.record(hop.place).of(hop.promotion) if e.kind == "proposed")
    return PullRequestState(status="open", reason=reason, url=proposal.address, since=first.at, retry_after=retry_after)


def _settle_open(workspace: Workspace, hop: Hop, plan: Plan, look: _Look) -> PullRequestState:
    proposal, request, state = look.proposal, look.request, look.state
    if proposal is None or request is None:
        return state
    options = workspace.config.environment(hop.environment).deliver
    if options.deadline and state.since and workspace.clock.now() > state.since + options.deadline:
        reason = f"it was not merged before {moment(state.since + options.deadline)}"
        withdraw(workspace, proposal, reason)
        return PullRequestState(status="expired", reason=reason, url=state.url)
    drawn = draw_plans(workspace, movers(hop))
    if drawn.plan.digest != plan.digest and came_in(workspace, hop, proposal):
        raise changed_plan(hop, drawn.plan)
    if drawn.plan.digest != plan.digest:
        gone = told_of_lapsed(workspace, hop.place, hop.promotion)
        withdraw(workspace, proposal, f"what would be merged has changed: somebody else changed the same place{gone}")
        raise changed_plan(hop, drawn.plan)
    return _Open(workspace, hop, drawn, proposal, request, workspace.forge(), options, state).step()


@dataclass(frozen=True)
class _Open:
    """An open request whose plan still holds."""

    workspace: Workspace
    hop: Hop
    drawn: Drawn
    proposal: Entry
    request: PullRequest
    forge: Forge
    options: Delivery
    state: PullRequestState

    def step(self) -> PullRequestState:
        head = self.proposal.commit or ""
        if self.request.head_sha != head:
            return self._because("somebody else pushed to its branch: look at it, and merge or close it there")
        checks = self.forge.checks(head)
        if self.options.merge == "wait":
            if checks.state != "pending":
                self._bring_up_to_date()
            return self._because("waits to be merged")
        if checks.state == "failure":
            reason = f"its checks failed: {'; '.join(checks.reasons)}"
            return _refused(self.workspace, self.proposal, reason)
        if checks.state == "pending":
            return self._because(f"waits for its checks: {'; '.join(checks.reasons)}")
        if checks.state == "none" and self.workspace.clock.now() < self.proposal.at + CHECKS_APPEAR_WITHIN:
            return self._because("waits for checks to appear")
        return self._merge(head)

    def _merge(self, head: str) -> PullRequestState:
        """Gates and approval are asked again right before: the ledger may have said otherwise since."""
        shut = closed(ask_all(self.workspace, self.hop))
        if shut and not self.hop.break_glass:
            waiting = self._because(reasons(shut))
            return waiting.model_copy(update={"opens": last_opening(shut, self.workspace.clock.now())})
        try:
            approved_by = approvers(self.workspace, self.hop, self.drawn.plan)
        except NotAllowed as error:
            return self._because(error.message)
        broken = record_bypassed(self.workspace, self.hop, self.drawn.plan, shut)
        trailers = (*glass_trailers(broken), *self.drawn.trailers, *self.workspace.ledger_trailers())
        message = promotion_message(self.hop, self.drawn.plan, approved_by, self.workspace.actor.run, trailers)
        result = self.forge.merge(self.request.number, head, self.options.method, message)
        if result.outcome in ("merged", "closed"):
            return news(self.workspace, self.hop)
        if result.outcome == "blocked":
            self._bring_up_to_date()
        return self._because(result.reason or "its branch has moved")

    def _bring_up_to_date(self) -> None:
        before = self.proposal.pushed
        entry = bring_up_to_date(self.workspace, self.hop, self.drawn.plan)
        if entry and entry.pushed != before:
            hop, plan = self.hop, self.drawn.plan
            broken = glass_in_request(broken_before(self.workspace, hop))
            approval = broken or told_in_request(self.workspace, hop.place, hop.promotion, plan.digest)
            gates, link = ask_all(self.workspace, hop), self.workspace.actor.link
            body = proposal_report(plan, gates, (), hop.promotion, link, approval)
            self.forge.update(self.request.number, subject(self.hop), body)

    def _because(self, reason: str) -> PullRequestState:
        return self.state.model_copy(update={"reason": f"{self.proposal.address}: {reason}"})

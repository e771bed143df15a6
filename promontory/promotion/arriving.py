"""A pull request was merged: Git says whether the environment runs the release now, and the ledger records it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.entry import Entry, Pushed
from promontory.forges import PullRequest
from promontory.promotion.delivery import pushed_entry
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.landing import Landing, at, landing
from promontory.promotion.reviews import merge_entries, review_entries
from promontory.promotion.superseding import overtaken_by
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.withdrawing import PROOF, refusals, tidy
from promontory.promotion.workspace import Workspace
from promontory.release import shown

log = logging.getLogger("promontory.promotion")


def arrived(workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest) -> PullRequestState:
    """Record what was merged, by whomever, once; and tidy up.

    ``refused``, where the environment does not run the release after the merge: somebody changed the request.
    Raises `TransientError` as long as the commit that the forge names is not on the branch.
    """
    end = workspace.racing(lambda: _record(workspace, hop, proposal, request))
    for member in hop.members:
        tidy(workspace, member.place)
    url = proposal.address
    if end.kind == "rejected":
        return PullRequestState(status="refused", reason=end.reason, url=url)
    by = f" by {request.merged_by}" if request.merged_by else ""
    log.info("promote-%s: %s was merged%s as %s", hop.environment, url, by, (end.commit or "")[:7])
    if end.reason:
        log.warning("promote-%s: %s", hop.environment, end.reason)
    current = workspace.current(hop.place)
    if current != end.release:
        reason = f"{shown(end.release)} was merged; {hop.environment} has moved on to {shown(current)}"
        return PullRequestState(status="replaced", reason=reason, url=url, entry=end)
    return PullRequestState(status="merged", url=url, entry=end)


def _record(workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest) -> Entry:
    seen = workspace.ledger_head()
    if done := pushed_entry(workspace, hop):
        return done
    wanted = {member.place: member.release for member in hop.members}
    merge = landing(workspace, proposal, request, wanted)
    if merge.strangers:
        reason = f"it was merged as {merge.commit[:12]}, but after that {merge.strangers[0]} does not run its release"
        entries, approvals = refusals(workspace, proposal, reason, request.merged_by), []
    else:
        approvals = _approvals(workspace, proposal, request)
        entries = _pushed(workspace, hop, proposal, request, merge, _doubt(workspace, proposal, request, approvals))
        approvals += overtaken_by(workspace, hop)
    workspace.append_at([*approvals, *entries], seen)
    return entries[0]


def _approvals(workspace: Workspace, proposal: Entry, request: PullRequest) -> list[Entry]:
    """What the forge knows of reviews, and the merge itself, count as far as the rule lets them."""
    reviews = review_entries(workspace, proposal, request)
    return [*reviews, *merge_entries(workspace, proposal, request, reviews)]


def _pushed(
    workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest, merge: Landing, doubt: str
) -> list[Entry]:
    known = proposal.pull_request
    told = known and known.model_copy(
        update={
            "number": request.number,
            "url": request.url,
            "merged_by": request.merged_by,
            "approved_by": request.approved_by,
        }
    )
    before = at(workspace, merge.branch, merge.before)
    return [
        workspace.hop_entry(
            "pushed",
            member,
            previous=workspace.current(member.place, before),
            digest=proposal.digest,
            pushed=Pushed(ref=merge.branch, before=merge.before, after=merge.commit),
            pull_request=told,
            members=len(hop.members),
            reason=doubt,
            proof=PROOF,
        )
        for member in hop.members
    ]


def _doubt(workspace: Workspace, proposal: Entry, request: PullRequest, approvals: Sequence[Entry]) -> str:
    """A merge is a fact, whoever may have forgotten to ask first; but it is written down, and told."""
    entries = (*workspace.record(proposal.place).of(proposal.promotion), *approvals)
    rule = rule_for(workspace, proposal.environment)
    state = judged(workspace, rule, entries, proposal.digest or "")
    if state.status == "granted":
        return ""
    by = f" by {request.merged_by}" if request.merged_by else ""
    return f"merged{by} on the forge without the approval that the environment wants: {state.reason}"

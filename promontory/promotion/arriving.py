"""A pull request was merged: Git says whether the environment runs the release now, and the ledger records it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.entry import Entry, Pushed
from promontory.forges import PullRequest
from promontory.promotion.as_planned import unplanned
from promontory.promotion.delivery import pushed_entry
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.landing import Landing, at, landing
from promontory.promotion.reviews import merge_entries, review_entries
from promontory.promotion.superseding import overtaken_by
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.withdrawing import PROOF, proposed_together, refusals, tidy
from promontory.promotion.workspace import Workspace
from promontory.release import shown

log = logging.getLogger("promontory.promotion")
_SHOWN = 5


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
    return arrived_as(workspace, hop, end)


def arrived_as(workspace: Workspace, hop: Hop, pushed: Entry) -> PullRequestState:
    """What the ``pushed`` entry means by now: something else may have come in since."""
    current = workspace.current(hop.place)
    if current != pushed.release:
        reason = f"{shown(pushed.release)} was merged; {hop.environment} has moved on to {shown(current)}"
        return PullRequestState(status="replaced", reason=reason, url=pushed.address, entry=pushed)
    return PullRequestState(status="merged", url=pushed.address, entry=pushed)


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
        approvals = approvals_of(workspace, proposal, request)
        proposal, others = as_merged(workspace, proposal, merge)
        doubts = "; ".join(filter(None, (others, unapproved(workspace, proposal, approvals))))
        doubt = f"{merged_by(request)} {doubts}" if doubts else ""
        entries = pushed_entries(workspace, proposal, request, merge, doubt, workspace.actor.run)
        approvals += overtaken_by(workspace, hop)
    workspace.append_at([*approvals, *entries], seen)
    return entries[0]


def approvals_of(workspace: Workspace, proposal: Entry, request: PullRequest) -> list[Entry]:
    """What the forge knows of reviews, and the merge itself, count as far as the rule lets them."""
    reviews = review_entries(workspace, proposal, request)
    return [*reviews, *merge_entries(workspace, proposal, request, reviews)]


def pushed_entries(
    workspace: Workspace, proposal: Entry, request: PullRequest | None, merge: Landing, doubt: str, run: str | None
) -> list[Entry]:
    """The ``pushed`` entries of all applications that moved; without ``request`` nobody knows who merged it."""
    known = proposal.pull_request
    told = known and known.model_copy(update=_merged(request) if request else {})
    before = at(workspace, merge.branch, merge.before)
    return [
        workspace.entry(
            "pushed",
            each.place,
            each.release,
            each.promotion,
            previous=workspace.current(each.place, before),
            digest=proposal.digest,
            pushed=Pushed(ref=merge.branch, before=merge.before, after=merge.commit),
            pull_request=told,
            members=each.members,
            reason=doubt,
            proof=PROOF,
            run=run,
        )
        for each in proposed_together(workspace, proposal)
    ]


def _merged(request: PullRequest) -> dict[str, object]:
    return {
        "number": request.number,
        "url": request.url,
        "merged_by": request.merged_by,
        "approved_by": request.approved_by,
    }


def as_merged(workspace: Workspace, proposal: Entry, merge: Landing) -> tuple[Entry, str]:
    """The proposal, without its digest where the merge brought anything else, and what that was, in words.

    Whoever approved what was proposed has not approved that.
    """
    others = unplanned(workspace, proposal, merge.before, merge.commit)
    if others == ():
        return proposal, ""
    what = ", ".join(others[:_SHOWN]) if others else "nobody knows any more what that was"
    return proposal.model_copy(update={"digest": None}), f"with other changes than were proposed: {what}"


def unapproved(workspace: Workspace, proposal: Entry, approvals: Sequence[Entry]) -> str:
    """A merge is a fact, whoever may have forgotten to ask first; but it is written down, and told."""
    entries = (*workspace.record(proposal.place).of(proposal.promotion), *approvals)
    rule = rule_for(workspace, proposal.environment)
    state = judged(workspace, rule, entries, proposal.digest or "")
    if state.status == "granted":
        return ""
    return f"without the approval that the environment wants: {state.reason}"


def merged_by(request: PullRequest | None) -> str:
    by = f" by {request.merged_by}" if request and request.merged_by else ""
    return f"merged{by} on the forge"

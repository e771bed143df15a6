"""A pull request was merged: Git says whether the environment runs the release now, and the ledger records it."""

from __future__ import annotations

import logging

from promontory.entry import Entry, Pushed
from promontory.forges import PullRequest
from promontory.promotion.delivery import pushed_entry
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.landing import Landing, at, landing
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
        entries = refusals(workspace, proposal, reason, request.merged_by)
    else:
        entries = _pushed(workspace, hop, proposal, request, merge)
    workspace.append_at(entries, seen)
    return entries[0]


def _pushed(workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest, merge: Landing) -> list[Entry]:
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
            reason=_doubt(workspace, hop, proposal),
            proof=PROOF,
        )
        for member in hop.members
    ]


def _doubt(workspace: Workspace, hop: Hop, proposal: Entry) -> str:
    """A merge is a fact, whoever may have forgotten to ask first; but it is written down."""
    entries = workspace.record(hop.place).of(hop.promotion)
    rule = rule_for(workspace, hop.environment)
    granted = judged(workspace, rule, entries, proposal.digest or "").status == "granted"
    return "" if granted else "merged on the forge without the approval that the environment wants"

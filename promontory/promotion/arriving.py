"""A pull request was merged: Git says whether the environment runs the release now, and the ledger records it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from promontory.approvals import judge
from promontory.errors import TransientError
from promontory.forges import PullRequest
from promontory.promotion.delivery import pushed_entry
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.withdrawing import PROOF, refusals, tidy
from promontory.promotion.workspace import Workspace
from promontory.record import Entry, Pushed
from promontory.release import shown

log = logging.getLogger("promontory.promotion")
MOST_COMMITS = 20


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
    merge = _find(workspace, hop, proposal, request)
    after = _at(workspace, merge.branch, merge.commit)
    strangers = [member for member in hop.members if workspace.current(member.place, after) != member.release]
    if strangers:
        reason = f"it was merged as {merge.commit[:12]}, but after that {strangers[0].place} does not run its release"
        entries = refusals(workspace, proposal, reason, request.merged_by)
    else:
        entries = _pushed(workspace, hop, proposal, request, merge)
    workspace.append_at(entries, seen)
    return entries[0]


@dataclass(frozen=True)
class _Merge:
    branch: str
    before: str
    commit: str


def _find(workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest) -> _Merge:
    repository, commit = workspace.repository, request.merged_sha or ""
    branch = request.base
    there = commit and repository.commit(commit)
    if not there or repository.merge_base(commit, repository.head(branch)) != commit:
        raise TransientError(
            f"{proposal.address} is called merged, but {commit[:12] or 'no commit of it'} is not on {branch} yet",
            "look at the branch: was it reset after the merge?",
        )
    return _Merge(branch, _before(workspace, hop, branch, commit), commit)


def _before(workspace: Workspace, hop: Hop, branch: str, commit: str) -> str:
    """The last commit of the branch at which it was not there: a rebase leaves as many commits as the request had."""
    parents = [entry.parents[0] for entry in workspace.repository.history(commit)[:MOST_COMMITS] if entry.parents]
    differs = (
        parent
        for parent in parents
        if any(
            workspace.current(member.place, _at(workspace, branch, parent)) != member.release for member in hop.members
        )
    )
    return next(differs, parents[0] if parents else commit)


def _at(workspace: Workspace, branch: str, commit: str) -> RepositorySnapshot:
    """The repository with ``branch`` at another commit."""
    return RepositorySnapshot(workspace.repository, {**workspace.repository.heads(), branch: commit})


def _pushed(workspace: Workspace, hop: Hop, proposal: Entry, request: PullRequest, merge: _Merge) -> list[Entry]:
    known = proposal.pull_request
    told = known and known.model_copy(
        update={
            "number": request.number,
            "url": request.url,
            "merged_by": request.merged_by,
            "approved_by": request.approved_by,
        }
    )
    before = _at(workspace, merge.branch, merge.before)
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
    rule = workspace.config.environment(hop.environment).approval
    if rule is None:
        return ""
    entries = workspace.record(hop.place).of(hop.promotion)
    granted = judge(rule, entries, proposal.digest or "", workspace.clock.now()).status == "granted"
    return "" if granted else "merged on the forge without the approval that the environment wants"

"""A pull request that was merged while nobody looked: in the moment before it was closed, because it was over already.

What the environment runs after that is no stranger's change but that promotion's own, and Git shows it: the merge holds
the commit that was proposed, or its message the promotion's trailers. What the forge knows is asked for besides, as far
as it can be asked; it alone tells of a merge whose message somebody has written anew.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from promontory.change import Commit
from promontory.entry import Entry
from promontory.errors import PromontoryError, StrategyError
from promontory.forges import PullRequest
from promontory.model import Place
from promontory.promotion.abandoned import hop_of
from promontory.promotion.arriving import approvals_of, as_merged, merged_by, pushed_entries, unapproved
from promontory.promotion.landing import Landing, at, landed
from promontory.promotion.message import PROMOTION_ID
from promontory.promotion.superseding import overtaken_by
from promontory.promotion.values import Hop
from promontory.promotion.withdrawing import find, proposed_together
from promontory.promotion.workspace import Workspace
from promontory.record import Record
from promontory.release import shown

log = logging.getLogger("promontory.promotion")
# Other people's commits since then; whoever looks later has another promotion to look at.
_MOST_COMMITS = 200


def heed_merges(workspace: Workspace, hop: Hop) -> tuple[Entry, ...]:
    """Record what was merged into the places of ``hop`` without any run having noticed, as of the last sync.

    Returns the ``pushed`` entries that were recorded. A promotion that was over when it was merged overtakes nothing.
    """
    found = [workspace.racing(partial(_heed, workspace, member.place)) for member in hop.members]
    return tuple(entry for entry in found if entry)


def heed_merges_now(workspace: Workspace, hop: Hop) -> tuple[Entry, ...]:
    """The same on a fresh state, where a pull request has ever been for one of these places."""
    if not any(workspace.record(member.place).promotions("proposed") for member in hop.members):
        return ()
    workspace.repository.sync()
    return heed_merges(workspace, hop)


def came_in(workspace: Workspace, hop: Hop, since: Entry) -> Entry | None:
    """What ``hop`` had overtaken and was merged all the same after ``since``, where it is in force now."""
    for member in hop.members:
        record = workspace.record(member.place)
        newest = next(record.newest("pushed", "found", "reverted"), None)
        if newest is None or newest.kind != "pushed" or newest.at <= since.at:
            continue
        end = record.superseded(newest.promotion)
        if end and end.overtaken_by == hop.promotion:
            return newest
    return None


def _heed(workspace: Workspace, place: Place) -> Entry | None:
    seen = workspace.ledger_head()
    for proposal in _in_force(workspace, place):
        request = _asked(workspace, proposal)
        if merge := _landing(workspace, proposal, request):
            merged = request if request and request.state == "merged" else None
            return _record(workspace, proposal, merged, merge, seen)
    return None


def _in_force(workspace: Workspace, place: Place) -> Iterator[Entry]:
    """The last entries of pull requests for what runs in ``place``, where nothing in the ledger has put it there."""
    record = workspace.record(place)
    open_or_closed = record.promotions("proposed") - record.promotions("pushed")
    if not open_or_closed:
        return
    try:
        current = workspace.current(place)
    except StrategyError:  # where it cannot be read, nothing can be planned either, and that is told
        return
    if current is None or record.standing(current).entry:
        return
    told: set[str] = set()
    for entry in record.newest("proposed", release=current, without=record.promotions("pushed")):
        if entry.promotion not in told:
            told.add(entry.promotion)
            yield entry


def _asked(workspace: Workspace, proposal: Entry) -> PullRequest | None:
    """None where the forge does not know, or cannot be asked now: Git says enough."""
    with suppress(PromontoryError):
        return find(workspace.forge(), proposal)
    return None


def _landing(workspace: Workspace, proposal: Entry, request: PullRequest | None) -> Landing | None:
    """Where it came to lie; None where somebody else has brought it, as far as can be read."""
    branch = proposal.pull_request.base if proposal.pull_request else ""
    wanted = {each.place: each.release for each in proposed_together(workspace, proposal)}
    with suppress(StrategyError):
        commit = _brought(workspace, branch, proposal) if branch in workspace.repository.heads() else None
        if commit and _is_own(workspace, commit, proposal, request):
            merge = landed(workspace, branch, commit.sha, wanted)
            return None if merge.strangers else merge
    return None


def _brought(workspace: Workspace, branch: str, proposal: Entry) -> Commit | None:
    """The commit since which the branch has what the place runs."""
    for commit in workspace.repository.history(workspace.repository.head(branch))[:_MOST_COMMITS]:
        before = commit.parents[0] if commit.parents else None
        if before is None or workspace.current(proposal.place, at(workspace, branch, before)) != proposal.release:
            return commit
    return None


def _is_own(workspace: Workspace, commit: Commit, proposal: Entry, request: PullRequest | None) -> bool:
    if proposal.promotion in commit.trailers.get(PROMOTION_ID, "").split(", "):
        return True
    before = any(_holds(workspace, parent, proposal) for parent in commit.parents[:1])
    if not before and _holds(workspace, commit.sha, proposal):
        return True
    return request is not None and request.state == "merged" and request.merged_sha == commit.sha


def _holds(workspace: Workspace, commit: str, proposal: Entry) -> bool:
    repository, proposed = workspace.repository, proposal.commit or ""
    return repository.has_commit(proposed) and repository.merge_base(proposed, commit) == proposed


def _record(
    workspace: Workspace, proposal: Entry, request: PullRequest | None, merge: Landing, seen: str | None
) -> Entry:
    end = _end(workspace.record(proposal.place), proposal.promotion)
    refused = end is not None and end.kind == "rejected"
    approvals = approvals_of(workspace, proposal, request) if request and not refused else []
    proposal, others = as_merged(workspace, proposal, merge)
    missing = "" if refused else unapproved(workspace, proposal, approvals)
    over = f"although it was over: {end.reason}" if end else ""
    doubts = "; ".join(filter(None, (over, others, missing)))
    reason = f"{merged_by(request)} {doubts}" if doubts else ""
    entries = pushed_entries(workspace, proposal, request, merge, reason, proposal.run)
    overtaken = [] if end else overtaken_by(workspace, hop_of(workspace, proposal))
    workspace.append_at([*approvals, *overtaken, *entries], seen)
    came = f"{shown(proposal.release)} came in by {proposal.address}{f': {reason}' if reason else ''}"
    log.warning("promote-%s: %s", proposal.environment, came)
    return entries[0]


def _end(record: Record, promotion: str) -> Entry | None:
    return next(record.newest("superseded", "rejected", promotion=promotion), None)

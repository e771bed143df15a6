"""A pull request that is over without a merge: recorded first, then closed with a comment, and its branch deleted.

The branch is the sign that something is left to do: it goes last, so that whatever kills a run before that, the next
one for the same place finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.entry import Entry
from promontory.errors import ForgeNotFound, LostRace, PromontoryError
from promontory.escaping.markdown import cell
from promontory.forges import Forge, PullRequest
from promontory.model import Place
from promontory.promotion.workspace import Workspace
from promontory.release import shown
from promontory.repository import BranchRemoval

log = logging.getLogger("promontory.promotion")
# All branches of proposals begin so.
PREFIX = "promontory/"
PROOF = "pull request"


def refusals(workspace: Workspace, proposal: Entry, reason: str, by: str | None = None) -> list[Entry]:
    """The ``rejected`` entries that end a promotion that was proposed, for each application that moves in it."""
    return [
        workspace.entry(
            "rejected",
            each.place,
            each.release,
            each.promotion,
            digest=each.digest,
            members=each.members,
            pull_request=each.pull_request,
            reason=reason,
            proof=PROOF,
            by=by or workspace.actor.by,
            # Another run may end it; but it was this one that moved this release.
            run=each.run,
        )
        for each in proposed_together(workspace, proposal)
    ]


def proposed_together(workspace: Workspace, proposal: Entry) -> tuple[Entry, ...]:
    """The last ``proposed`` entries of all applications that move in the promotion, ``proposal`` first."""
    if proposal.members == 1:
        return (proposal,)
    found = {
        entry.place: entry
        for entry in workspace.ledger.of(proposal.promotion, "proposed")
        if entry.place != proposal.place
    }
    return (proposal, *found.values())


def withdraw(workspace: Workspace, proposal: Entry, reason: str, by: str | None = None) -> None:
    """End a promotion that was proposed, for ``reason``; ``by`` whom, where it was not this run's own doing."""

    def record() -> None:
        seen = workspace.ledger_head()
        if any(entry.promotion == proposal.promotion for entry in workspace.record(proposal.place).proposals()):
            workspace.append_at(refusals(workspace, proposal, reason, by), seen)

    workspace.racing(record)
    log.warning("propose-%s: %s: %s", proposal.environment, proposal.address, reason)
    tidy(workspace, proposal.place)


def withdraw_all_of(workspace: Workspace, run: str, reason: str) -> None:
    """End whatever a Prefect flow run has proposed and not seen merged."""
    for entry in open_proposals(workspace):
        if entry.run == run:
            withdraw(workspace, entry, reason)


def open_proposals(workspace: Workspace) -> tuple[Entry, ...]:
    """Every pull request that is open as far as the ledger knows, oldest first; one entry for each promotion."""
    found = {
        entry.promotion: entry
        for application in reversed(list(workspace.config.applications))
        for environment in workspace.config.application(application).strategies
        for entry in workspace.record(Place(application, environment)).proposals()
    }
    return tuple(sorted(found.values(), key=lambda entry: entry.at))


def tidy(workspace: Workspace, place: Place) -> None:
    """Close what is over in ``place`` and delete its branches. What cannot be done now is left for the next time."""
    record, heads = workspace.record(place), workspace.repository.heads()
    for proposal in record.closed_proposals():
        if proposal.pushed and _is_ours(proposal, proposal.pushed.ref) and proposal.pushed.ref in heads:
            over = ("rejected", "pushed", "superseded") if proposal.kind == "proposed" else ("reverted", "kept")
            ends = [entry for entry in record.of(proposal.promotion) if entry.kind in over]
            try:
                _close(workspace.forge(), proposal, ends[-1:])
                _delete_branch(workspace, proposal)
            except PromontoryError as error:
                log.warning("propose-%s: %s is not tidied up yet: %s", place.environment, proposal.address, error)


def _is_ours(proposal: Entry, branch: str) -> bool:
    """The ledger names the branch that is deleted: any other one is none of ours, whatever the ledger says."""
    return branch.startswith(f"{PREFIX}{proposal.environment}/")


def _close(forge: Forge, proposal: Entry, ends: Sequence[Entry]) -> None:
    request = find(forge, proposal)
    if request is None or request.state != "open":
        return
    for end in ends:
        forge.comment(request.number, f"Closed: {_told(end)}.")
    forge.close(request.number)


def _told(end: Entry) -> str:
    if end.kind == "pushed":
        return f"{cell(shown(end.release))} was pushed without it"
    if end.kind == "reverted":
        return f"{cell(shown(end.release))} was taken back without it"
    if end.kind in ("kept", "superseded"):
        return cell(end.reason)
    return cell(end.reason if end.proof == PROOF else f"rejected by {end.by}: {end.reason or 'no reason given'}")


def find(forge: Forge, proposal: Entry) -> PullRequest | None:
    """The pull request as it is now; None where there is none (yet, or any more)."""
    pull_request, pushed = proposal.pull_request, proposal.pushed
    if pull_request is None or pushed is None:
        return None
    if pull_request.number is not None:
        try:
            return forge.get(pull_request.number)
        except ForgeNotFound:
            pass  # a repository that is hidden from the token is told by the next question
    return forge.find(pushed.ref, pull_request.base)


def _delete_branch(workspace: Workspace, proposal: Entry) -> None:
    pushed = proposal.pushed
    head = workspace.repository.heads().get(pushed.ref) if pushed else None
    if pushed is None or head is None:
        return
    if head != pushed.after:
        log.warning("propose-%s: somebody else pushed to %s; it is left as it is", proposal.environment, pushed.ref)
        return
    try:
        workspace.repository.push([BranchRemoval(pushed.ref, head)])
    except LostRace:
        workspace.repository.sync()  # somebody was faster

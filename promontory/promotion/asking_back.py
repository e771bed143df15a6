"""A revert that is to go through a pull request: the branch it is asked from, pushed together with its record.

Nothing here speaks to the forge; `revert_requests` does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from promontory.change import PROPOSED_TO
from promontory.entry import Entry, PullRequest, Pushed
from promontory.promotion.undoing import Back, Seen
from promontory.promotion.values import Hop
from promontory.promotion.way_back import Gone, together
from promontory.promotion.withdrawing import PREFIX
from promontory.promotion.workspace import Workspace
from promontory.release import shown
from promontory.repository import RefUpdate, Replaced

log = logging.getLogger("promontory.promotion")


def through_request(workspace: Workspace, environment: str, back: Back) -> RefUpdate | None:
    """The one move of a branch that a pull request can ask for; None where the revert is pushed."""
    rules = workspace.config.environment(environment)
    if not rules.deliver.by_request or rules.revert_by == "push":
        return None
    moved = [*back.tags, *back.fields]
    update = back.updates[0] if len(back.updates) == 1 and not any(moved) else None
    return update if isinstance(update, RefUpdate) else None


def branch_of(hop: Hop) -> str:
    return f"{PREFIX}{hop.environment}/revert-{hop.application}-{hop.promotion}"


def ask(workspace: Workspace, gone: Sequence[Gone], update: RefUpdate, held: Sequence[Entry], seen: Seen) -> Entry:
    """Push the branch that asks for the revert, with its record and the holds; the ``reverting`` entry."""
    entry = push_asking(workspace, gone, update, PullRequest(base=update.branch), held, seen)
    log.warning("revert-%s: pushed %s; %s is held", entry.environment, entry.address, shown(entry.release))
    return entry


def push_asking(
    workspace: Workspace,
    gone: Sequence[Gone],
    update: RefUpdate,
    request: PullRequest,
    held: Sequence[Entry],
    seen: Seen,
) -> Entry:
    """Put the branch of ``request`` where ``update`` says, with the record of that and ``held``."""
    hop = together(gone)
    branch = branch_of(hop)
    message = f"{str(update.message).rstrip()}\n{PROPOSED_TO}: {update.branch}\n"
    there = Replaced(workspace.repository.heads().get(branch))
    entries = [
        workspace.hop_entry(
            "reverting",
            each.hop,
            previous=each.previous,
            pushed=Pushed(ref=branch, before=update.parent, after=""),
            pull_request=request,
            members=len(gone),
            reason=each.why,
        )
        for each in gone
    ]
    moved = replace(update, branch=branch, message=message, replaces=there)
    return workspace.push_recorded([moved], [*held, *entries], seen.ledger)[len(held)]

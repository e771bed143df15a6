"""How a promotion is taken back: what has to be pushed for it. Nothing is pushed here.

Its own edits are undone on the present head, of all applications that moved in it at once. Where that cannot be, since
others changed the same lines or some of the applications have moved on, the strategies set the releases back, and
nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from promontory.change import FieldMove
from promontory.entry import Entry, Pushed, tags_pushed
from promontory.errors import RevertConflict
from promontory.promotion.planning import Drawn, Mover, draw_plans
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace
from promontory.repository import RefUpdate, TagUpdate

log = logging.getLogger("promontory.promotion")


@dataclass(frozen=True)
class Seen:
    """The repository and the ledger when it was decided what to do."""

    snapshot: RepositorySnapshot
    ledger: str | None


def now(workspace: Workspace) -> Seen:
    return Seen(workspace.snapshot(), workspace.ledger_head())


@dataclass(frozen=True)
class Back:
    """What has to be pushed; the messages of ``updates`` are still empty, ``trailers`` belong into them.

    ``pushed`` says for each application which branch is moved, where one is; ``tags`` and ``fields`` likewise.
    """

    updates: tuple[RefUpdate | TagUpdate, ...]
    pushed: tuple[Pushed | None, ...]
    trailers: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[FieldMove, ...], ...] = ()
    tags: tuple[tuple[Pushed, ...], ...] = ()


def undo(workspace: Workspace, seen: Seen, entries: Sequence[Entry], *, whole: bool = True) -> Back:
    """What takes back ``entries``; ``whole``: they are all that moved in their promotion.

    Raises `RevertConflict` where somebody changed the same place, and there was no release before to set back.
    """
    if whole:
        try:
            return _exactly(workspace, seen, entries)
        except RevertConflict:
            if any(entry.previous is None for entry in entries):
                raise
            log.info("revert-%s: changed since it was promoted; setting the release back", entries[0].environment)
    movers = [Mover(entry.place, _before(entry)) for entry in entries]
    return set_back(draw_plans(workspace, movers, seen.snapshot))


def _before(entry: Entry) -> str:
    if entry.previous is None:
        raise RevertConflict(f"{entry.place} ran no release before {entry.release}", "promote another release there")
    return entry.previous


def set_back(drawn: Drawn) -> Back:
    """What makes the releases of a plan the ones in force, as a promotion would."""
    return Back(
        drawn.updates(""),
        tuple(
            Pushed(ref=part.ref, before=part.base, after="") if part.moves_branch else None
            for part in drawn.plan.members
        ),
        drawn.trailers,
        tuple(part.fields for part in drawn.plan.members),
        tuple(tags_pushed(part.tags) for part in drawn.plan.members),
    )


def _exactly(workspace: Workspace, seen: Seen, entries: Sequence[Entry]) -> Back:
    """The promotion's own edits undone, byte for byte; its moving tags and fields back where they were."""
    moves = dict.fromkeys(entry.pushed for entry in entries if entry.pushed)
    for entry in entries:
        _check_goes_back(entry)
    branches = [_branch_back(workspace, seen, move) for move in moves]
    heads = {update.branch: update.parent for update in branches}
    moved = tuple(tuple(tag for tag in entry.tags if tag.before is not None) for entry in entries)
    tags = {tag.ref: tag for each in moved for tag in each}
    return Back(
        (*branches, *(_tag_back(workspace, tag) for tag in tags.values())),
        tuple(
            Pushed(ref=entry.pushed.ref, before=heads[entry.pushed.ref], after="") if entry.pushed else None
            for entry in entries
        ),
        (
            *(("Undoes", promotion) for promotion in dict.fromkeys(entry.promotion for entry in entries)),
            *(("Restores", move.before) for move in moves if move.before),
        ),
        tuple(tuple(_field_back(move) for move in entry.fields) for entry in entries),
        tuple(tuple(Pushed(ref=tag.ref, before=tag.after, after=tag.before or "") for tag in each) for each in moved),
    )


def _check_goes_back(entry: Entry) -> None:
    """New tags stay: where they are all that was pushed, there is nothing to set back."""
    new = [tag.ref.removeprefix("refs/tags/") for tag in entry.tags if tag.before is None]
    if new and not (entry.pushed or entry.fields):
        raise RevertConflict(f"the tag {new[0]} did not exist before", "promote another release there")


def _branch_back(workspace: Workspace, seen: Seen, move: Pushed) -> RefUpdate:
    head = seen.snapshot.existing_head(move.ref)
    if move.before is None:
        raise RevertConflict(f"{move.ref} did not exist before", "promote another release there")
    return RefUpdate(move.ref, head, workspace.repository.undo(move.before, move.after, head), "")


def _tag_back(workspace: Workspace, tag: Pushed) -> TagUpdate:
    name = tag.ref.removeprefix("refs/tags/")
    there = workspace.repository.tags().get(name)
    if there is None or there.commit != tag.after or tag.before is None:
        raise RevertConflict(f"somebody moved the tag {name} since", "look at where it should be, and move it by hand")
    return TagUpdate(name, there.oid, tag.before, "")


def _field_back(move: FieldMove) -> FieldMove:
    return move.model_copy(update={"before": move.after, "after": move.before})

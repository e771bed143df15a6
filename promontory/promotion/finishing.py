"""What is recorded first and done afterwards: fields of objects in a cluster, which cannot be part of a push.

The push records what is to become of them (the entry's ``fields``). A process may die in between; then the field still
holds what it held before, although the ledger's newest entry says otherwise. Whoever goes on from that entry finishes.
"""

from __future__ import annotations

from promontory.change import FieldMove, Snapshot
from promontory.entry import Entry
from promontory.errors import ForeignField
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Record


def finish(workspace: Workspace, hop: Hop, entry: Entry) -> None:
    """Do what ``entry`` records, for every application that moved with it; nothing where it is done already.

    Raises `PlanChanged` where somebody else has set a field meanwhile, and what a cluster's failure is.
    """
    workspace.ledger.look_ahead([member.place for member in hop.members])
    for member in hop.members:
        for recorded in workspace.record(member.place).of(entry.promotion):
            if recorded.kind == entry.kind:
                for move in recorded.fields:
                    workspace.clusters.move(move)


def unfinished(record: Record, snapshot: Snapshot) -> Entry | None:
    """The newest push or revert, where a field that it moves is still what it was before.

    One that has been judged was finished: somebody has set the field back by hand since. And a push whose release is
    held by now is not finished either.
    """
    last = _last(record)
    if last is None or (last.kind == "pushed" and record.hold(last.release)):
        return None
    return last if any(_is_undone(move, snapshot) for move in last.fields) else None


def _is_undone(move: FieldMove, snapshot: Snapshot) -> bool:
    try:
        return snapshot.live(move) == move.before != move.after
    except ForeignField:
        return False  # nothing that is to be done by us


def _last(record: Record) -> Entry | None:
    """The newest entry that changes what runs, unless a verdict on it follows."""
    judged = set()
    for entry in record.newest("verdict", "pushed", "found", "reverted"):
        if entry.kind == "verdict":
            judged.add(entry.promotion)
        else:
            return None if entry.promotion in judged else entry
    return None

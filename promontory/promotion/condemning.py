"""One environment of a wave has failed and takes the others along: that is recorded before anything is undone.

A hold of a promotion that is in force says that it is to go back (`Record.condemned`). They are written together, so a
run that is killed between the reverts finds those that are left; and what is not pushed yet cannot be any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.entry import Entry
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace


def condemn(workspace: Workspace, hop: Hop, failed: Entry, siblings: Sequence[Hop], why: str) -> str:
    """Hold what ``failed`` brought and what its wave brings, all at once; why the others go back.

    ``siblings`` are the other hops of the wave. What was there before the run is left alone.
    """
    reason = f"{hop.environment} failed ({why}), and its wave goes back with it"

    def record() -> None:
        seen = workspace.ledger_head()
        own = [(member, failed.promotion, why) for member in hop.members if failed.kind == "pushed"]
        others = [
            (member, promotion, reason) for sibling in siblings for member, promotion in _brought(workspace, sibling)
        ]
        held = [
            workspace.entry("held", member.place, member.release, promotion, reason=each)
            for member, promotion, each in (*own, *others)
            if not _is_held(workspace, member, promotion)
        ]
        if held:
            workspace.append_at(held, seen)

    workspace.racing(record)
    return reason


def _brought(workspace: Workspace, hop: Hop) -> Iterator[tuple[Hop, str]]:
    """What this run brings there, or has brought before it was interrupted, and by which promotion."""
    entry = hop.entry
    if hop.step in ("skip", "verify-revert", "revert") and (entry is None or entry.run != workspace.actor.run):
        return
    if entry and entry.kind == "found":
        return
    for member in hop.members:
        yield member, entry.promotion if entry else hop.promotion


def _is_held(workspace: Workspace, hop: Hop, promotion: str) -> bool:
    return any(each.kind == "held" for each in workspace.record(hop.place).of(promotion))

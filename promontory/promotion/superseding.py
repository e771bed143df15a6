"""A newer release overtakes what still waits to come to the same environment: that ends, and is told so.

It ends in the push that lets the newer one ask, wait or come in, so that of two runs that record at once one loses the
race, looks again, and finds itself overtaken. `overtaken` sees to its pull request after that.
"""

from __future__ import annotations

from collections.abc import Iterable

from promontory.entry import Entry
from promontory.errors import NotAllowed, Superseded
from promontory.escaping.shell import command
from promontory.ledger import Wanted
from promontory.model import Place
from promontory.promotion.downgrades import comes_before
from promontory.promotion.turns import newer_waiting
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.release import shown


def ensure_not_superseded(workspace: Workspace, place: Place, promotion: str) -> None:
    """Raises `Superseded` where the promotion was overtaken, as of the last sync."""
    if end := workspace.record(place).superseded(promotion):
        again = command("promontory", "promote", end.application, end.release, "--to", end.environment)
        remedy = f"{again} begins anew"
        raise Superseded(f"{shown(end.release)} is {end.reason}", remedy)


def overtaking(workspace: Workspace, hop: Hop) -> list[Entry]:
    """The ends of what ``hop`` overtakes by what is about to be recorded of it: to be recorded in the same push.

    Call it once it is known on which ledger that is decided. Raises `Superseded` where ``hop`` itself was overtaken,
    and `NotAllowed` where something newer waits there.
    """
    for member in hop.members:
        ensure_not_superseded(workspace, member.place, hop.promotion)
    for member in () if hop.allow_downgrade or hop.break_glass else hop.members:
        snapshot = workspace.snapshot()
        if newer := newer_waiting(workspace, member.place, member.release, hop.promotion, snapshot):
            told = f"{shown(newer.release)}, which is newer, waits for {hop.environment} already ({newer.promotion})"
            raise NotAllowed(told, "let that one through or reject it; the older one goes with --allow-downgrade")
    return overtaken_by(workspace, hop)


def overtaken_by(workspace: Workspace, hop: Hop) -> list[Entry]:
    """The ends of all that waits for the places of ``hop`` and is not newer, where releases do not queue.

    Refuses nothing: for what has come in already, whoever brought it.
    """
    if workspace.config.environment(hop.environment).superseded == "queue":
        return []
    snapshot = workspace.snapshot()
    waiting = {
        entry.promotion: (entry, member)
        for member in hop.members
        for entry in workspace.record(member.place).waiting()
        if entry.promotion != hop.promotion
        and (hop.allow_downgrade or not comes_before(member.release, entry.release, snapshot))
    }
    return [
        _end(workspace, each, hop, member) for entry, member in waiting.values() for each in _together(workspace, entry)
    ]


def _together(workspace: Workspace, entry: Entry) -> Iterable[Entry]:
    """What waits of all applications that move in the promotion."""
    if entry.members == 1:
        return (entry,)
    same = workspace.ledger.newest(wanted=Wanted((entry.kind,), promotion=entry.promotion))
    return {each.place: each for each in reversed(list(same))}.values()


def _end(workspace: Workspace, waits: Entry, hop: Hop, member: Hop) -> Entry:
    """Another run ends it; but it is that one's own that is to learn of it."""
    proposals = workspace.record(waits.place).proposals()
    proposed = next((each for each in proposals if each.promotion == waits.promotion), waits)
    return workspace.entry(
        "superseded",
        waits.place,
        waits.release,
        waits.promotion,
        digest=waits.digest,
        members=waits.members,
        pull_request=proposed.pull_request,
        pushed=proposed.pushed,
        overtaken_by=hop.promotion,
        reason=f"superseded by {shown(member.release)} ({hop.promotion})",
        run=waits.run,
    )

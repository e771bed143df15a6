"""What has to be pushed so that an environment runs the release before, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from promontory.entry import Entry
from promontory.model import Place
from promontory.promotion.message import revert_message
from promontory.promotion.planning import draw_plan
from promontory.promotion.rivals import makers, rivals, warned
from promontory.promotion.undoing import Back, Seen, set_back, undo
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Gone:
    """One application whose release leaves: ``previous`` is what it runs again, ``why`` goes into commit and record."""

    hop: Hop
    previous: str | None
    why: str


def together(gone: Sequence[Gone]) -> Hop:
    """What goes back in one push, as one hop."""
    first, *others = (each.hop for each in gone)
    return first.model_copy(update={"also": tuple(others)})


def undone(workspace: Workspace, hop: Hop, pushed: Sequence[Entry], seen: Seen, why: str) -> tuple[list[Gone], Back]:
    """The way back of a promotion whose entries ``pushed`` are those that are still in force."""
    aimed = [entry.model_copy(update={"previous": _last_good(workspace, entry)}) for entry in pushed]
    back = undo(workspace, seen, aimed, whole=aimed == list(pushed) and len(pushed) == pushed[0].members)
    previous = {entry.application: entry.previous for entry in aimed}
    gone = [Gone(member, previous[member.application], why) for member in hop.members if member.application in previous]
    return _told(workspace, gone, back, seen)


def _last_good(workspace: Workspace, pushed: Entry) -> str | None:
    """The release before; where that is held by now, the last one that was verified and is not, if there is one."""
    record = workspace.record(pushed.place)
    if pushed.previous is None or not record.hold(pushed.previous):
        return pushed.previous
    judged = (each.release for each in record.newest("verdict"))
    good = (release for release in judged if release != pushed.release and record.verified(release))
    return next(good, pushed.previous)


def changed_back(
    workspace: Workspace, hop: Hop, entry: Entry | None, target: str, seen: Seen, why: str
) -> tuple[list[Gone], Back]:
    """The way of one application to ``target``: undo, byte for byte, the promotion of ``entry`` where that leads there.

    Else as a promotion would. Of several applications that moved in one commit, only this one is to go back.
    """
    if entry and entry.kind == "pushed" and entry.previous == target and entry.members == 1:
        back = undo(workspace, seen, [entry])
    else:
        back = set_back(draw_plan(workspace, hop.place, target, seen.snapshot))
    return _told(workspace, [Gone(hop, target, why)], back, seen)


def way_back(workspace: Workspace, asked: Sequence[Entry], seen: Seen) -> tuple[list[Gone], Back]:
    """What ``reverting`` entries ask for, on the present head."""
    first = asked[0]
    leading, *others = (going(entry) for entry in asked)
    hop = leading.model_copy(update={"also": tuple(others)})
    pushed = [entry for each in asked if (entry := _pushed(workspace, each.place, each.promotion))]
    if pushed:
        return undone(workspace, hop, pushed, seen, first.reason)
    standing = workspace.record(first.place).standing(first.release)
    return changed_back(workspace, hop, standing.entry, first.previous or "", seen, first.reason)


def going(entry: Entry) -> Hop:
    """The hop whose release is to leave, as ``entry`` records it."""
    return Hop(
        application=entry.application,
        environment=entry.environment,
        release=entry.release,
        promotion=entry.promotion,
        step="revert",
    )


def _pushed(workspace: Workspace, place: Place, promotion: str) -> Entry | None:
    return next((entry for entry in workspace.record(place).of(promotion) if entry.kind == "pushed"), None)


def _told(workspace: Workspace, gone: Sequence[Gone], back: Back, seen: Seen) -> tuple[list[Gone], Back]:
    """With the message in every update, which names who would undo it."""
    fields = [move for moves in back.fields for move in moves]
    remarks = (*rivals(workspace, [each.hop.place for each in gone], seen.snapshot), *makers(workspace, fields))
    gone = [replace(each, why=warned(each.why, remarks)) for each in gone]
    first = gone[0]
    trailers = (*back.trailers, *workspace.ledger_trailers())
    message = revert_message(together(gone), first.previous, first.why, workspace.actor.run, trailers)
    return gone, replace(back, updates=tuple(replace(update, message=message) for update in back.updates))

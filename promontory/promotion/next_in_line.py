"""Whom the end of a promotion lets go on: read from the ledger, as of the last sync.

It is asked by whoever recorded that end. Nothing rests on it: who waits looks by itself, too, though more rarely.
"""

from __future__ import annotations

from collections.abc import Iterable

from promontory.entry import Entry, EntryKind
from promontory.gates import Passage
from promontory.gates.provenance import GATE as PROVENANCE
from promontory.gates.provenance import provenance
from promontory.gates.turn import GATE as TURN
from promontory.model import GateState, Place
from promontory.promotion.turns import ahead
from promontory.promotion.upstream import upstream_of
from promontory.promotion.workspace import Workspace

# By which a promotion comes to its end, or out of the way of others. A plan that a gate stopped is one of them.
_ENDS: tuple[EntryKind, ...] = (
    "planned",
    "found",
    "rejected",
    "superseded",
    "pushed",
    "verdict",
    "reverting",
    "kept",
    "reverted",
)


def places_after(workspace: Workspace, entries: Iterable[Entry]) -> tuple[Place, ...]:
    """Where somebody may wait for an end that ``entries`` are: there, and in the environments that come after it."""
    ended: dict[str, set[str]] = {}
    for entry in entries:
        if entry.kind in _ENDS and entry.application in workspace.config.applications:
            ended.setdefault(entry.application, set()).add(entry.environment)
    return tuple(place for name, where in ended.items() for place in _near(workspace, name, where))


def _near(workspace: Workspace, application: str, where: set[str]) -> Iterable[Place]:
    pipeline = workspace.config.pipeline(application)
    for environment in workspace.config.application(application).strategies:
        after = pipeline.after(environment)
        if environment in where or where & set(after):
            yield Place(application, environment, after)


def next_in_line(workspace: Workspace, places: Iterable[Place]) -> tuple[Entry, ...]:
    """Who waits in ``places`` for others to come to their end, and for none any more: one entry a promotion.

    Of those that queue that is the first one. Another gate may keep it waiting all the same.
    """
    waits = {
        entry.promotion: entry
        for place in places
        for entry in workspace.record(place).waiting()
        if any(waits_for_others(gate) for gate in entry.gates)
    }
    return tuple(
        entry for entry in waits.values() if not any(_kept(workspace, each) for each in _together(workspace, entry))
    )


def waits_for_others(gate: GateState) -> bool:
    """Whether a closed gate is opened by the end of another promotion, which the ledger will tell."""
    return gate.waits and gate.gate in (TURN, PROVENANCE)


def _together(workspace: Workspace, entry: Entry) -> Iterable[Entry]:
    """The waits of all applications that move with it."""
    if entry.members == 1:
        return (entry,)
    return {each.place: each for each in workspace.ledger.of(entry.promotion, "waiting")}.values()


def _kept(workspace: Workspace, entry: Entry) -> bool:
    """Whether somebody is before it still, or at work on its release in an environment before."""
    if ahead(workspace, entry.place, entry.release, entry.promotion):
        return True
    return any(gate.gate == PROVENANCE for gate in entry.gates) and _under_way_before(workspace, entry)


def _under_way_before(workspace: Workspace, entry: Entry) -> bool:
    """If not, the gate is open, or closed for good; then the run has to look as well, and ends by that."""
    place = workspace.config.place(entry.application, entry.environment)
    passage = Passage(
        place,
        entry.release,
        workspace.clock.now(),
        workspace.record(place),
        upstream={name: upstream_of(workspace, place.application, name) for name in place.after},
        provenance=workspace.config.environment(place.environment).provenance,
    )
    return provenance(passage).waits

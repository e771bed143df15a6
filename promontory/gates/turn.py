"""A release does not come in before one that was there earlier and has the right to (`superseded: queue`).

Nor does it come, where overtaking ends what waits (`cancel`), after a newer one that waits already.
"""

from __future__ import annotations

from collections.abc import Mapping

from promontory.clock import moment
from promontory.entry import Entry, EntryKind
from promontory.gates.contract import Passage
from promontory.model import GateState
from promontory.release import shown

GATE = "turn"
_WAITS: Mapping[EntryKind, str] = {
    "requested": "waits for approval",
    "proposed": "waits to be merged",
    "waiting": "waits at a gate",
    "pushed": "is being verified",
}


def turn(passage: Passage) -> GateState:
    if newer := passage.newer_waiting:
        return GateState(
            gate=GATE,
            open=False,
            reason=f"{shown(newer.release)}, which is newer, {_told(newer)} already",
            remedy="let that one through or reject it; to promote the older one all the same: --allow-downgrade",
            owner=newer.by,
        )
    if not passage.ahead:
        return GateState(gate=GATE, open=True)
    first, *others = passage.ahead
    more = f", and {len(others)} more" if others else ""
    return GateState(
        gate=GATE,
        open=False,
        reason=f"{shown(first.release)} is before it: {_told(first)}{more}",
        remedy="promontory pending",
        owner=first.by,
        waits=True,
    )


def _told(entry: Entry) -> str:
    return f"{_WAITS.get(entry.kind, 'is under way')} since {moment(entry.at)} ({entry.promotion})"

"""A release that was taken back, or that a person stopped, may not enter again until its hold is lifted."""

from __future__ import annotations

from promontory.clock import moment
from promontory.gates.contract import Passage
from promontory.model import GateState


def hold(passage: Passage) -> GateState:
    held = passage.record.hold(passage.release)
    if held is None:
        return GateState(gate="hold", open=True)
    place = passage.place
    since = f"since {moment(held.at)} by {held.by}"
    return GateState(
        gate="hold",
        open=False,
        reason=f"{passage.release} is held in {place.environment} {since}: {held.reason}",
        owner=held.by,
        remedy=f"promontory hold lift {place.application} {place.environment} {passage.release}",
    )

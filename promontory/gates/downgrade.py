"""A release that is older than the one in force is not promoted, unless somebody says that it is meant."""

from __future__ import annotations

from promontory.gates.contract import Passage
from promontory.model import GateState


def downgrade(passage: Passage) -> GateState:
    if not passage.newer_there:
        return GateState(gate="downgrade", open=True)
    place = passage.place
    back = f"promontory rollback {place.application} {place.environment} --to {passage.release}"
    return GateState(
        gate="downgrade",
        open=False,
        reason=f"{passage.release} is older than {passage.newer_there}, which {place.environment} runs",
        remedy=f"to go back: {back}; to promote it all the same: --allow-downgrade",
    )

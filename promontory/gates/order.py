"""A release enters an environment only after it was verified in every environment before it."""

from __future__ import annotations

from promontory.gates.contract import Passage
from promontory.model import GateState


def order(passage: Passage) -> GateState:
    missing = [environment for environment in passage.place.after if not _passed(passage, environment)]
    if not missing:
        return GateState(gate="order", open=True)
    return GateState(
        gate="order",
        open=False,
        reason=f"{passage.release} is not verified in {' and '.join(missing)} yet",
        remedy=f"promontory promote {passage.place.application} {passage.release} --to {missing[0]}",
    )


def _passed(passage: Passage, environment: str) -> bool:
    record = passage.upstream[environment]
    if record.verified(passage.release):
        return True
    pushed = any(entry.in_force == passage.release for entry in record.entries)
    return environment in passage.unverifiable and pushed and record.hold(passage.release) is None

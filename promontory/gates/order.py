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
    has_checks = environment not in passage.unverifiable
    return passage.upstream[environment].passed(passage.release, has_checks=has_checks) is not None

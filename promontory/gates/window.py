"""Our own windows: a release enters while they let it, and otherwise waits for their next opening."""

from __future__ import annotations

from promontory.gates.contract import Passage
from promontory.model import GateState, Place
from promontory.windows import Decision, decide


def window(passage: Passage) -> GateState:
    decision = decide(passage.windows, passage.now, automatic=passage.automatic)
    if decision.open:
        return GateState(gate="window", open=True)
    return GateState(
        gate="window",
        open=False,
        reason=f"{decision.reason}; {decision.next_change}",
        remedy=_remedy(passage.place, decision),
        owner=decision.owner or passage.owner,
        opens=decision.opens,
        waits=decision.opens is not None,
    )


def _remedy(place: Place, decision: Decision) -> str:
    """The command that shows what comes."""
    if decision.problem:
        return "correct it in promontory.yaml"
    return f"promontory windows {place.environment} --application {place.application} --next 5"

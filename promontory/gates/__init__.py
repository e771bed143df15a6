"""Gates: what must be open before a change may be pushed. One small file each, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from promontory.gates.argocd_window import argocd_window
from promontory.gates.contract import Gate, Passage, Upstream
from promontory.gates.downgrade import downgrade
from promontory.gates.hold import hold
from promontory.gates.provenance import provenance
from promontory.gates.turn import turn
from promontory.gates.window import window
from promontory.model import GateState

GATES: Mapping[str, Gate] = {
    "hold": hold,
    "provenance": provenance,
    "downgrade": downgrade,
    "turn": turn,
    "window": window,
    "argocd-window": argocd_window,
}


def ask(passage: Passage, gates: Mapping[str, Gate] = GATES) -> tuple[GateState, ...]:
    """Ask every gate. One that cannot answer is closed, with the reason."""
    return tuple(_ask_one(name, gate, passage) for name, gate in gates.items())


def _ask_one(name: str, gate: Gate, passage: Passage) -> GateState:
    try:
        return gate(passage)
    except Exception as error:  # whatever went wrong, the safe answer is "closed"
        return GateState(gate=name, open=False, reason=f"cannot be evaluated: {error}")


__all__ = ["GATES", "Gate", "Passage", "Upstream", "ask"]

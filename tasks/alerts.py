"""How a run leaves an environment that it had to take back: told like all else, but in no entry of the ledger."""

from __future__ import annotations

from typing import Literal

from promontory.promotion.knowing import event_of
from promontory.promotion.values import HopOutcome
from tasks.notify import TELLER
from tasks.running import WORKSPACE

What = Literal["reverted", "revert-asked", "revert-failed", "left-unverified"]


def alert(what: What, outcome: HopOutcome) -> None:
    """Tell everybody that the place was taken back, or could not be."""
    TELLER.get().tell(event_of(WORKSPACE.get(), what, outcome))

"""What a check may use in a test: a clock, and of the rest only what the test brings along."""

from __future__ import annotations

from typing import Any, cast

from promontory.checks.contract import Facilities, History
from promontory.clock import Clock, SystemClock
from promontory.live_objects import Objects
from promontory.tokens import HostTokens


def facilities(
    clock: Clock | None = None, *, objects: Objects | None = None, history: History | None = None, **tokens: Any
) -> Facilities:
    """``tokens``: by host."""
    return Facilities(
        clock or SystemClock(), cast("Objects", objects), cast("History", history), HostTokens(dict(tokens))
    )

"""What a gate is: one question that must be answered "open" before a change may be pushed.

Gates are pure: everything they may look at stands in the `Passage`. They are asked when the plan is made, and
again immediately before the push.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promontory.model import GateState, Place
from promontory.record import Record
from promontory.windows import Window


@dataclass(frozen=True)
class Passage:
    """One release that wants into one place, now.

    ``upstream`` are the records of the same application in the environments before; ``unverifiable`` are those
    of them that have no checks, so that being deployed is all that can be asked of them. ``newer_there`` is what the
    place runs, where that is newer than ``release`` and nobody said that going back is meant. ``owner`` is whom to call
    about the environment; ``automatic``: a schedule wants it, no human. ``windows`` are those that concern the place.
    """

    place: Place
    release: str
    now: datetime
    record: Record
    upstream: Mapping[str, Record]
    unverifiable: frozenset[str] = frozenset()
    newer_there: str = ""
    owner: str = ""
    automatic: bool = False
    windows: tuple[Window, ...] = ()


class Gate(Protocol):
    def __call__(self, passage: Passage) -> GateState:
        """Open, or closed with the reason. An exception counts as closed (design, decision 7)."""

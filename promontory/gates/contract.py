"""What a gate is: one question that must be answered "open" before a change may be pushed.

Gates are pure: everything they may look at stands in the `Passage`. They are asked when the plan is made, and
again immediately before the push.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from promontory.entry import Entry
from promontory.model import GateState, Place
from promontory.record import Record
from promontory.windows import Window
from promontory.windows.argocd import Governed

Provenance = Literal["verified", "deployed", "none"]


@dataclass(frozen=True)
class Upstream:
    """An environment before: what the ledger says of the application there, and the rules that it is held to.

    Where ``has_checks`` is not so, being deployed is all that can be asked of a release there. ``soak`` is how long it
    must have been watched, ``verifies_within`` how long a verification takes at most, ``owner`` whom to call.
    """

    record: Record
    has_checks: bool = True
    soak: timedelta = timedelta()
    verifies_within: timedelta = timedelta(minutes=5)
    owner: str = ""

    def soaked(self, release: str) -> bool:
        """Whether nothing is missing of the soak, unless the release is ill or held: then that is another question."""
        record = self.record
        return record.verified(release) is None or record.verified(release, self.soak) is not None

    def passed(self, release: str, asked: Provenance = "verified") -> Entry | None:
        """What shows that ``release`` may go on from here; asking for nothing needs no proof, and is not asked here."""
        verified = self.record.verified(release, self.soak)
        enough = asked == "deployed" or not self.has_checks
        return verified or (self.record.deployed(release) if enough else None)


@dataclass(frozen=True)
class Passage:
    """One release that wants into one place, now.

    ``upstream`` are the environments before, of which ``provenance`` is asked. ``newer_there`` is what the place runs,
    where that is newer than ``release`` and nobody said that going back is meant. ``owner`` is whom to call about the
    environment; ``automatic``: a schedule wants it, no human. ``windows`` are those that concern the place,
    ``governed`` the Applications whose sync windows are to let it through. ``ahead`` are promotions whose end it has to
    wait for, in their order, and ``newer_waiting`` is one that has overtaken it.
    """

    place: Place
    release: str
    now: datetime
    record: Record
    upstream: Mapping[str, Upstream]
    provenance: Provenance = "verified"
    newer_there: str = ""
    ahead: tuple[Entry, ...] = ()
    newer_waiting: Entry | None = None
    owner: str = ""
    automatic: bool = False
    windows: tuple[Window, ...] = ()
    governed: tuple[Governed, ...] = ()


class Gate(Protocol):
    def __call__(self, passage: Passage) -> GateState:
        """Open, or closed with the reason. An exception counts as closed (design, decision 7)."""

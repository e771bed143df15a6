"""What a promotion is made of while it runs, and what comes out of it. Frozen; written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from promontory.change import Value
from promontory.entry import Entry
from promontory.model import Place, SuiteResult

Step = Literal["skip", "promote", "verify", "revert", "verify-revert"]
Status = Literal[
    "skipped",
    "verified",
    "deployed",
    "asked",
    "waiting",
    "closed",
    "tests-failed",
    "rejected",
    "expired",
    "superseded",
    "reverted",
    "reverting",
    "unhealthy",
    "revert-failed",
    "failed",
    "stopped",
]
ARRIVED: frozenset[Status] = frozenset({"skipped", "verified", "deployed"})
_EXIT_CODES: dict[Status, int] = {
    "skipped": 0,
    "verified": 0,
    "deployed": 0,
    "asked": 0,
    "stopped": 0,
    "waiting": 3,
    "closed": 3,
    "tests-failed": 3,
    "rejected": 3,
    "expired": 3,
    "superseded": 3,
    "reverted": 4,
    "reverting": 5,
    "unhealthy": 5,
    "revert-failed": 5,
}
_WORST_FIRST = (5, 4, 1, 3, 2, 0)
# The name of the final state that a flow run ends in, by exit code; so that whoever watches the run learns it.
STATE_NAMES: Mapping[int, str] = {
    0: "Completed",
    1: "Failed",
    2: "BadRequest",
    3: "NotAllowed",
    4: "Reverted",
    5: "RevertFailed",
}


# How a run ends that is not allowed for no other reason than that something newer has overtaken it.
SUPERSEDED = "Superseded"


def exit_code_of(state_name: str) -> int:
    """The exit code that a final state of this name stands for; 1 for any other, such as a crash."""
    codes = {name: code for code, name in STATE_NAMES.items()} | {SUPERSEDED: 3}
    return codes.get(state_name, 1)


class Hop(Value):
    """One promotion: a release into one environment, and where it stands already. Or several that move together.

    ``step`` says what is left to do: nothing (``skip``, for ``reason``), everything (``promote``), only to verify
    what ``entry`` pushed (a run before this one was killed), to take back what ``entry`` pushed (``revert``; the entry
    of a pull request that is to do so, where there is one), or to verify the revert that ``entry`` records.
    ``suites`` are the results already recorded for this promotion; None where the suites have not run.
    ``also`` are the hops of other applications into the same environment that move together with this one: one plan,
    one approval, one push, one verdict. They have the same ``promotion``. ``allow_downgrade``: a release that is older
    than the one in force is meant. ``break_glass`` is why closed gates are passed; empty: they are not.
    """

    application: str
    environment: str
    after: tuple[str, ...] = ()
    release: str
    promotion: str
    current: str | None = None
    step: Step
    reason: str = ""
    entry: Entry | None = None
    suites: tuple[SuiteResult, ...] | None = None
    allow_downgrade: bool = False
    break_glass: str = ""
    also: tuple[Hop, ...] = ()

    @property
    def members(self) -> tuple[Hop, ...]:
        """The hops of one application each, this one first."""
        return (self.model_copy(update={"also": ()}), *self.also) if self.also else (self,)

    @property
    def place(self) -> Place:
        return Place(self.application, self.environment, self.after)


class HopOutcome(Value):
    """How one hop ended. ``exit_code`` is set where an error decided it; else the status does."""

    application: str
    environment: str
    status: Status
    release: str
    previous: str | None = None
    promotion: str | None = None
    commit: str | None = None
    reason: str = ""
    remedy: str = ""
    error_code: int | None = None
    also: tuple[HopOutcome, ...] = ()

    @property
    def members(self) -> tuple[HopOutcome, ...]:
        """How it ended for each application that moved with this one, this one first."""
        return (self.model_copy(update={"also": ()}), *self.also) if self.also else (self,)

    @property
    def arrived(self) -> bool:
        return self.status in ARRIVED

    @property
    def exit_code(self) -> int:
        if self.status == "failed":
            return self.error_code if self.error_code is not None else 1
        return _EXIT_CODES[self.status]


class Result(Value):
    """How a whole run ended, hop by hop; ``error`` is what kept it from running at all.

    ``note`` says what a run has done that moves nothing, and what it has left as it is.
    """

    application: str
    release: str
    hops: tuple[HopOutcome, ...] = ()
    note: str = ""
    error: str = ""
    remedy: str = ""
    error_code: int = 0

    @property
    def exit_code(self) -> int:
        """The worst of the hops': a failed revert before a revert, before errors, before "not allowed"."""
        codes = {self.error_code, *(hop.exit_code for hop in self.hops)}
        return next((code for code in _WORST_FIRST if code in codes), 0)

    @property
    def state_name(self) -> str:
        """What the final state of its flow run is called."""
        stopped = {hop.status for hop in self.hops if hop.exit_code}
        return SUPERSEDED if stopped == {"superseded"} and not self.error else STATE_NAMES[self.exit_code]

    @property
    def summary(self) -> str:
        """One line for people: how far it came, why no further, and what to do where it did not even begin."""
        if self.error:
            return f"{self.error} → {self.remedy}" if self.remedy else self.error
        trouble = [f"{hop.environment}: {hop.status}: {hop.reason}" for hop in self.hops if hop.exit_code]
        moved = [hop for hop in self.hops if hop.status in ("verified", "deployed", "asked")]
        news = [f"{hop.application} {hop.release} {hop.status} in {hop.environment}" for hop in moved]
        return "; ".join([*(trouble or news), *([self.note] if self.note else [])]) or "nothing to do"


class Soaking(Value):
    """A release is healthy, and is watched on from ``since`` until ``until`` before it counts as verified.

    ``reason`` says why the time began anew, where it did.
    """

    since: datetime
    until: datetime
    reason: str = ""


class AtGate(Value):
    """A release waits, ``since`` then, for gates that open by themselves, for ``reason``.

    ``until`` is the last opening that is known; None where no gate says when it opens. ``for_others``: what others are
    about opens one of them, and the ledger will tell. ``refused``: it does not wait any more, for ``reason``.
    """

    since: datetime
    until: datetime | None = None
    reason: str = ""
    for_others: bool = False
    refused: Literal["", "rejected", "expired"] = ""


class PullRequestState(Value):
    """Where the pull request of a promotion stands, and what the run that waits for it should do.

    ``none``: nothing was proposed yet. ``open``: look again later, for ``reason``; ``since`` is when it was proposed,
    ``retry_after`` the seconds that the forge wants to be left alone, ``opens`` when a gate opens that keeps it from
    being merged. ``merged``: ``entry`` is the ``pushed`` entry; ``replaced``: as well, but the environment has
    moved on since. ``refused`` and ``expired``: it is over.
    """

    status: Literal["none", "open", "merged", "replaced", "refused", "expired"]
    reason: str = ""
    url: str = ""
    entry: Entry | None = None
    since: datetime | None = None
    retry_after: float = 0
    opens: datetime | None = None

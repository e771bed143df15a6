"""What an explanation is made of. Frozen, and written as JSON by `promontory explain --json`: its keys are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promontory.change import Value
from promontory.health import ControllerReport
from promontory.model import GateState
from promontory.record import Condition

StageState = Literal[
    "verified",
    "deployed",
    "verifying",
    "soaking",
    "unhealthy",
    "foreign",
    "reverting",
    "passed",
    "replaced",
    "approval",
    "approved",
    "proposed",
    "waiting",
    "held",
    "reverted",
    "superseded",
    "rejected",
    "expired",
    "tests-failed",
    "closed",
    "begun",
    "absent",
    "unknown",
]
IN_FORCE: frozenset[StageState] = frozenset(
    {"verified", "deployed", "verifying", "soaking", "unhealthy", "foreign", "reverting"}
)
DriftKind = Literal[
    "not-by-promontory",
    "unfinished",
    "not-synced",
    "auto-sync-off",
    "suspended",
    "sync-window",
    "error",
    "other-image",
    "unhealthy",
    "missing",
]


class Step(Value):
    """What to type next, and why. ``command`` is for a shell as it stands; empty where it is not one command."""

    command: str = ""
    why: str


class GitChange(Value):
    """The commit that brought a release, where Promontory did not; ``at`` is when it was committed."""

    commit: str
    author: str
    at: datetime
    subject: str


class Yes(Value):
    """One approval, and ``proof``, which way it came."""

    by: str
    at: datetime
    proof: str = ""
    note: str = ""


class InForce(Value):
    """What Git says an environment runs, and who put it there.

    ``condition`` is what the ledger knows of it; ``unknown`` where Git cannot be read, for ``problem``. ``since``,
    ``by``, ``promotion``, ``run`` and ``commit`` are of what brought it. ``taken_back`` is the release that left for
    it, where a revert did. ``health``, ``judged`` and ``reasons`` are the last verdict on it, ``soaks_until`` a
    verdict that is still to come. ``change`` is the commit, where the ledger does not know who brought it; ``before``
    is what the ledger says was brought last, in that case. ``bypassed``: who passed closed gates, why, and which.
    """

    release: str | None = None
    condition: Condition | Literal["unknown"] = "empty"
    since: datetime | None = None
    by: str = ""
    promotion: str | None = None
    run: str | None = None
    commit: str | None = None
    taken_back: str = ""
    approvals: tuple[Yes, ...] = ()
    pull_request: str = ""
    merged_by: str = ""
    bypassed: str = ""
    health: str = ""
    judged: datetime | None = None
    reasons: tuple[str, ...] = ()
    soaks_until: datetime | None = None
    change: GitChange | None = None
    before: str | None = None
    problem: str = ""


class Stage(Value):
    """How far the release has come in one environment.

    ``runs`` is what the environment runs. ``since``, ``by``, ``promotion`` and ``run`` are of the event that made it
    so; ``until`` is when it goes on by itself, or lapses. ``reason`` is why, in the words of whoever did it.
    ``break_glass`` is why whoever asked wants to pass closed gates, where they do.
    """

    environment: str
    state: StageState
    runs: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""
    promotion: str | None = None
    run: str | None = None
    url: str = ""
    reason: str = ""
    break_glass: str = ""


class Finding(Value):
    """Where Git, the ledger and the cluster do not agree, and what to type."""

    kind: DriftKind
    message: str
    remedy: str = ""


class Unseen(Value):
    """What could not be looked at, and why."""

    what: str
    why: str
    remedy: str = ""


class RequestState(Value):
    """What the forge says of the open pull request. ``checks`` is pending, success, failure or none."""

    url: str
    state: str
    checks: str = ""
    reasons: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()


class RunState(Value):
    """A run on the Prefect server that is about the release; ``state`` is Prefect's own word."""

    name: str
    state: str
    since: datetime | None = None
    url: str = ""


class Explanation(Value):
    """Why ``release`` is, or is not, in ``environment``.

    ``chosen`` says how it came to be the one that is explained; it is None where there is none. ``earliest``: when it
    could be there, where nothing but time keeps it; ``not_before``: no earlier than that, whatever else is wanted;
    ``needs``: what people have to do first. ``unseen`` is what nobody could be asked about; ``live`` whether anybody
    was asked at all. ``runs`` are known where a Prefect server was asked.
    """

    version: Literal[1] = 1
    application: str
    environment: str
    release: str | None
    chosen: str
    owner: str = ""
    at: datetime
    there: bool
    answer: str = ""
    in_force: InForce
    way: tuple[Stage, ...] = ()
    gates: tuple[GateState, ...] = ()
    earliest: datetime | None = None
    not_before: datetime | None = None
    needs: tuple[str, ...] = ()
    live: bool = False
    controllers: tuple[ControllerReport, ...] = ()
    request: RequestState | None = None
    unseen: tuple[Unseen, ...] = ()
    drift: tuple[Finding, ...] = ()
    next: tuple[Step, ...] = ()
    runs: tuple[RunState, ...] = ()

    @property
    def stage(self) -> Stage:
        """The last one of the way: of the environment that is asked about."""
        return self.way[-1] if self.way else Stage(environment=self.environment, state="absent")

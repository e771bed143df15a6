"""How an environment is: what a check saw once, what became of it, and the verdict of all of them. Pure values.

And what controllers say of it, for people who ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from promontory.change import Moment, Value


class Health(StrEnum):
    """Ordered from best to worst, as they are merged: the worst of several wins."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    UNKNOWN = "unknown"
    UNHEALTHY = "unhealthy"

    @property
    def severity(self) -> int:
        return list(Health).index(self)


def worst(*healths: Health) -> Health:
    """The worst of them; `Health.HEALTHY` of none."""
    return max(healths, key=lambda health: health.severity, default=Health.HEALTHY)


class Observation(Value):
    """What one check saw once. ``final``: waiting longer cannot change it.

    ``proven`` says that the answer shows which release was answering (design, decision 6). ``since`` is from when on
    it has been in this state, where the other side tells. ``retry_after``: seconds in which nobody should look again;
    ``again_within``: seconds after which somebody should, if nothing else happens before. ``undecided``: nothing is
    wrong, but one look is not enough to say so; a soak does not begin anew for that.
    """

    health: Health
    reason: str = ""
    proven: bool = False
    final: bool = False
    undecided: bool = False
    since: Moment | None = None
    retry_after: float | None = None
    again_within: float | None = None
    evidence: Mapping[str, object] = {}


class CheckResult(Value):
    """What became of one check: its last observation, and how often and how long it looked (seconds).

    ``errors`` is how many of the ``attempts`` brought no answer, the last of which is ``last_error``; ``not_healthy``
    how many saw something else than health. ``application`` is set where several applications move together.
    """

    check: str
    application: str = ""
    health: Health
    reason: str = ""
    proven: bool = False
    since: Moment | None = None
    attempts: int = 0
    errors: int = 0
    last_error: str = ""
    not_healthy: int = 0
    seconds: float = 0.0
    evidence: Mapping[str, object] = {}

    @property
    def title(self) -> str:
        return f"{self.application}: {self.check}" if self.application else self.check


class Verdict(Value):
    """The environment's health after a push: the worst of its checks."""

    health: Health
    checks: tuple[CheckResult, ...] = ()

    @property
    def healthy(self) -> bool:
        return self.health is Health.HEALTHY

    @property
    def proven(self) -> bool:
        """At least one check showed which release answers."""
        return any(check.proven for check in self.checks)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(f"{check.title}: {check.reason}" for check in self.checks if check.reason)


TroubleKind = Literal[
    "not-synced", "auto-sync-off", "suspended", "sync-window", "error", "other-image", "unhealthy", "missing"
]


class Trouble(Value):
    """What keeps a controller, or a workload, from running the release. ``remedy`` is a command, safe to paste."""

    kind: TroubleKind
    message: str
    remedy: str = ""


class ControllerReport(Value):
    """What one object of a cluster says of the release, for people.

    ``in_place``: whether it runs what Git says; None where that cannot be told. ``reason`` is the first thing that
    keeps it from being healthy. ``facts`` are its own words, by name, in the order in which people read them.
    """

    subject: str
    health: Health
    reason: str = ""
    in_place: bool | None = None
    facts: Mapping[str, str] = {}
    troubles: tuple[Trouble, ...] = ()

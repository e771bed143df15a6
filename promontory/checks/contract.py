"""What a check is: looks at an environment after a push. Waiting and judging is `watch`'s job."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, Self

from pydantic import Field, model_validator

from promontory.clock import Clock
from promontory.health import ControllerReport, Observation
from promontory.live_objects import Objects
from promontory.options import Duration, Options, Period, Remark, Target, format_duration


class History(Protocol):
    """The GitOps repository, asked about the commits that a controller reports."""

    def is_ours(self, url: str) -> bool:
        """Whether ``url`` is an address of it: over https or ssh, with or without ``.git``."""

    async def contains(self, observed: str, commit: str) -> bool | None:
        """Whether ``observed`` is ``commit`` or descends from it; None where the repository has no such commits."""

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        """Whether what lies below ``path`` is the same at both commits; False where one of them is not there."""


class Tokens(Protocol):
    """Bearer tokens of the installation, each for one server."""

    def for_url(self, url: str) -> str | None:
        """The token that may be sent there; None where there is none, or where it would travel in the clear."""


@dataclass(frozen=True)
class Facilities:
    """What a check may use besides its own options.

    ``shared`` is what the checks of one run have in common, such as one stream of a server; by keys of their own.
    """

    clock: Clock
    objects: Objects
    history: History
    tokens: Tokens
    shared: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)


class Session(Protocol):
    """One check at work on one target: it may remember what it has seen, and what it has asked controllers to do."""

    async def observe(self) -> Observation:
        """One look. Raises `TransientError` where looking itself failed and may work next time."""

    async def changed(self) -> None:
        """Returns when another look is worth it before ``interval`` has passed; never, where nothing tells."""


class Check(Options):
    """Looks until it has been healthy ``consecutive`` times in a row for ``stable_for``, or ``deadline`` has passed."""

    deadline: Duration = Field(default=timedelta(minutes=5), description="How long to wait for health, e.g. 5m.")
    interval: Duration = Field(default=timedelta(seconds=1), description="How long from one look to the next.")
    consecutive: int = Field(default=1, ge=1, le=1000, description="How often in a row it must be healthy.")
    stable_for: Period = Field(
        default=timedelta(0), description="How long it must stay healthy without a break, e.g. 10s."
    )

    @model_validator(mode="after")
    def _has_time(self) -> Self:
        looks = self.interval * (self.consecutive - 1)
        if looks >= self.deadline:
            raise ValueError(
                f"{self.consecutive} looks, one every {format_duration(self.interval)}, "
                f"do not fit into the deadline of {format_duration(self.deadline)}"
            )
        if self.stable_for >= self.deadline:
            raise ValueError(
                f"stable_for of {format_duration(self.stable_for)} does not fit into the deadline of "
                f"{format_duration(self.deadline)}"
            )
        return self

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in a verdict, e.g. ``https://…/healthz``; never with a secret."""

    @property
    def proves_release(self) -> bool:
        """Whether a healthy answer of it shows which release answers (design, decision 6)."""
        return False

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        """Begin to look at ``target``. Nothing is asked of anybody yet, so nothing can fail.

        A check that remembers nothing from one look to the next only needs `observe`.
        """
        yield _Looks(self, target, facilities)

    async def observe(self, target: Target, facilities: Facilities) -> Observation:
        """One look of a check without a memory; what `Session.observe` is."""
        raise NotImplementedError(f"{type(self).__name__} has its own session")

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:  # noqa: ARG002 - most have none
        """What `promontory validate --live` warns of, before anything is promoted; changes nothing anywhere.

        ``target`` is what the environment runs now, without a commit; its release may be empty. Raises `ClusterError`
        or `TransientError` where what it names cannot be looked at, which is a warning, too.
        """
        return ()

    async def describe(self, target: Target, facilities: Facilities) -> tuple[ControllerReport, ...]:  # noqa: ARG002 - most ask no controller
        """What a controller says of ``target``, for people who ask why: one look, which changes nothing anywhere.

        Raises `ClusterError` or `TransientError` where it cannot be looked at.
        """
        return ()


@dataclass(frozen=True)
class _Looks:
    check: Check
    target: Target
    facilities: Facilities

    async def observe(self) -> Observation:
        return await self.check.observe(self.target, self.facilities)

    async def changed(self) -> None:
        await asyncio.Event().wait()

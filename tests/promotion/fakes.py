"""Plug-ins whose behaviour the configuration says, and a time that only tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal

from promontory.checks.contract import Check, Facilities
from promontory.config import Vocabulary
from promontory.errors import TransientError
from promontory.health import Health, Observation
from promontory.options import Target
from promontory.release import split_release
from promontory.releases.contract import Surroundings
from promontory.releases.environment import EarlierEnvironment
from promontory.releases.ranked import RankedSource
from promontory.strategies import STRATEGIES
from promontory.suites.contract import Attempt, Outcome, Suite
from promontory.suites.contract import Facilities as Around


class FakeCheck(Check):
    """Finds every release healthy but the broken ones, unless ``script`` (shared by all) says what it sees next."""

    kind: Literal["fake"] = "fake"
    broken: tuple[str, ...] = ()
    script: ClassVar[list[Observation | TransientError]] = []

    @property
    def label(self) -> str:
        return "fake {environment}"

    async def observe(self, target: Target, facilities: Facilities) -> Observation:
        if self.script:
            seen = self.script.pop(0)
            if isinstance(seen, TransientError):
                raise seen
            return seen
        if target.release in self.broken:
            return Observation(health=Health.UNHEALTHY, reason=f"{target.release} is broken", final=True)
        return Observation(health=Health.HEALTHY, reason="200", proven=True)


class FakeSuite(Suite):
    """Passes for every release but the broken ones; needs a working tree of the repository."""

    kind: Literal["fake"] = "fake"
    broken: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return "fake"

    async def run(self, attempt: Attempt, facilities: Around) -> Outcome:
        async with facilities.code.tree("repository") as tree:
            passed = attempt.target.release not in self.broken and (tree.path / "README.md").is_file()
        return Outcome("" if passed else "it is broken")


class FakeReleases(RankedSource):
    """Knows a few releases; pins them to digests where it is told to."""

    kind: Literal["fake"] = "fake"
    known: tuple[str, ...] = ()
    digests: Mapping[str, str] = {}
    away: ClassVar[bool] = False

    @property
    def label(self) -> str:
        return "registry.example/web-app"

    @property
    def pins(self) -> bool:
        return bool(self.digests)

    def knows(self, release: str, surroundings: Surroundings) -> bool:
        self._ask()
        return split_release(release)[0] in self.known

    def releases(self, surroundings: Surroundings) -> tuple[str, ...]:
        self._ask()
        return self.known

    def _ask(self) -> None:
        if self.away:
            raise TransientError("registry.example cannot be reached")

    def pin(self, release: str) -> str:
        return f"{release}@{self.digests[release]}" if release in self.digests else release


VOCABULARY = Vocabulary(
    strategies=STRATEGIES,
    suites={"fake": FakeSuite},
    checks={"fake": FakeCheck},
    releases={"fake": FakeReleases, "environment": EarlierEnvironment},
)


class HandClock:
    """Stands still until it is moved; nobody waits on it."""

    def __init__(self, now: datetime = datetime(2025, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def move(self, by: timedelta) -> None:
        self._now += by

"""What happens to Applications from the push on, and the check that looks at them meanwhile.

A story is played on a clock that jumps: at its moments objects change. What is asked for comes by the real client to a
Kubernetes API on a real server.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from promontory.checks.argocd.check import ArgocdCheck
from promontory.checks.contract import Facilities
from promontory.checks.watch import watch
from promontory.clusters import KubernetesObjects
from promontory.errors import ObjectNotFound
from promontory.health import CheckResult, Observation
from promontory.live_objects import APPLICATION, Document, Ref, Selection, Subject, Watching
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi, Refusal
from tests.checks.argocd_objects import REF, TARGET, Json, KnownHistory
from tests.checks.surroundings import facilities
from tests.checks.test_watch import JumpingClock

REFRESH = "argocd.argoproj.io/refresh"


@dataclass
class Story:
    """What happens to objects in the cluster, and when; seconds count from the push, at which the check begins."""

    api: KubernetesApi
    clock: JumpingClock = field(default_factory=JumpingClock)
    looks: list[float] = field(default_factory=list)
    _coming: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def at(self, seconds: float, happens: Callable[[], object]) -> Story:
        self._coming.append((seconds, happens))
        return self

    def becomes(self, seconds: float, document: Json) -> Story:
        """Argo CD writes it; what others have asked for stays."""
        return self.at(seconds, lambda: self._write(document))

    def _write(self, document: Json) -> None:
        with suppress(Refusal):
            found = self.api.get(Ref(APPLICATION, "argocd", document["metadata"]["name"]))
            asked = found["metadata"].get("annotations", {})
            document = copy.deepcopy(document)
            document["metadata"].setdefault("annotations", asked)
        self.api.put(document)

    def refreshed(self) -> None:
        """Argo CD has compared it, and takes the annotation away."""
        self.api.change(REF, lambda document: document["metadata"].pop("annotations", None))

    def asked(self) -> list[Any]:
        """What was asked for, in its order: kinds of refreshes, and operations."""
        bodies = [request.document() for request in self.api.requests if request.verb == "patch"]
        return [body.get("operation") or body["metadata"]["annotations"][REFRESH] for body in bodies]

    def play(self) -> None:
        self.looks.append(self.clock.monotonic())
        for moment, happens in sorted(self._coming, key=lambda each: each[0]):
            if moment <= self.clock.monotonic():
                self._coming.remove((moment, happens))
                happens()


@dataclass(frozen=True)
class PlayedObjects(KubernetesObjects):
    """The cluster as it is at the story's moment: asked each time, so that no watch is late."""

    story: Story | None = None

    @asynccontextmanager
    async def watching(self, subjects: Sequence[Subject]) -> AsyncIterator[Watching]:
        yield _Played(self, tuple(subjects))


@dataclass(frozen=True)
class _Played:
    objects: PlayedObjects
    subjects: tuple[Subject, ...]

    async def look(self) -> tuple[Document, ...]:
        if self.objects.story:
            self.objects.story.play()
        found: list[Document] = []
        for subject in self.subjects:
            with suppress(ObjectNotFound):
                found += (
                    await self.objects.select(subject)
                    if isinstance(subject, Selection)
                    else [await self.objects.get(subject)]
                )
        return tuple(found)

    async def changed(self) -> None:
        await asyncio.Event().wait()


def check(**options: Any) -> ArgocdCheck:
    named: Mapping[str, Any] = {} if "selector" in options else {"application": "{application}-{environment}"}
    return ArgocdCheck.model_validate({"kind": "argocd", **named, **options})


def means(story: Story, history: KnownHistory | None = None) -> Facilities:
    return facilities(story.clock, objects=PlayedObjects(story=story), history=history or KnownHistory())


def look(
    api: KubernetesApi,
    document: Json | None,
    history: KnownHistory | None = None,
    target: Target = TARGET,
    **options: Any,
) -> Observation:
    """What the first look says, on which nothing has time to settle."""
    if document:
        api.put(document)

    async def first() -> Observation:
        async with check(**options).session(target, means(Story(api), history)) as session:
            return await session.observe()

    return asyncio.run(first())


def verdict(story: Story, history: KnownHistory | None = None, target: Target = TARGET, **options: Any) -> CheckResult:
    """How the whole wait ends."""
    found = asyncio.run(watch([check(**options)], target, means(story, history)))
    return found.checks[0]

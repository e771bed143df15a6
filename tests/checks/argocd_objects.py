"""Applications as Argo CD writes them, the repository that they come from, and a check that looks at them.

A story is played on a clock that jumps: at its moments objects change. What is asked for comes by the real client to a
Kubernetes API on a real server.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from promontory.checks.argocd import ArgocdCheck
from promontory.checks.contract import Facilities
from promontory.checks.watch import watch
from promontory.clusters import KubernetesObjects
from promontory.errors import ObjectNotFound
from promontory.live_objects import APPLICATION, Document, Ref, Selection, Subject, Watching
from promontory.model import CheckResult, Observation, Place
from promontory.options import Target
from promontory.repository_url import same_repository
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.surroundings import facilities
from tests.checks.test_watch import JumpingClock

Json = dict[str, Any]
OURS, LATER, EARLIER, STRANGE = ("a" * 40, "b" * 40, "e" * 40, "f" * 40)
GITOPS = "https://git.acme.example/acme/gitops.git"
CHARTS = "https://charts.acme.example"
PATH = "apps/web-app/staging"
NAME = "web-app-staging"
REF = Ref(APPLICATION, "argocd", NAME)
TARGET = Target(Place("web-app", "staging"), "v1.3.0", OURS, datetime(2025, 1, 1, tzinfo=UTC), "v1.2.0")


def at(seconds: float) -> str:
    """A moment that many seconds after the push, as Argo CD writes it."""
    return f"{datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class KnownHistory:
    """`LATER` descends from `OURS`, which descends from `EARLIER`. ``same``: paths at which all three are the same."""

    same: tuple[str, ...] = ()
    order: tuple[str, ...] = (EARLIER, OURS, LATER)

    def is_ours(self, url: str) -> bool:
        return same_repository(url, GITOPS)

    async def contains(self, observed: str, commit: str) -> bool | None:
        if observed not in self.order or commit not in self.order:
            return None
        return self.order.index(observed) >= self.order.index(commit)

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        return path in self.same and {one, other} <= set(self.order)


def source(revision: str = "main", repository: str = GITOPS, **more: Any) -> Json:
    return {"repoURL": repository, "targetRevision": revision, "path": PATH, **more}


def operation(phase: str = "Succeeded", revision: str = OURS, finished: float | None = 4, message: str = "") -> Json:
    told = {"finishedAt": at(finished)} if finished is not None else {}
    return {
        "phase": phase,
        "message": message,
        "startedAt": at(2),
        "operation": {"initiatedBy": {"automated": True}, "sync": {"revision": revision}},
        "syncResult": {"revision": revision},
        **told,
    }


def application(spec: Json | None = None, metadata: Json | None = None, **status: Any) -> Json:
    """Healthy and synced at our revision, but for what is said otherwise; None takes a field away."""
    told = {"source": source(), "destination": {"server": "https://kubernetes.default.svc", "namespace": "web"}}
    told |= {"project": "default", "syncPolicy": {"automated": {}}, **(spec or {})}
    known = {
        "sync": synced(),
        "health": {"status": "Healthy", "lastTransitionTime": at(6)},
        "reconciledAt": at(7),
        "operationState": operation(),
        "summary": {"images": ["ghcr.io/acme/web-app:v1.3.0"]},
        **status,
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": NAME, "namespace": "argocd", "uid": "1", "labels": {"app": "web"}, **(metadata or {})},
        "spec": {key: value for key, value in told.items() if value is not None},
        "status": {key: value for key, value in known.items() if value is not None},
        **({"operation": status["operation"]} if "operation" in status else {}),
    }


def synced(revision: str = OURS, status: str = "Synced", **more: Any) -> Json:
    return {"status": status, "revision": revision, **more}


def health(status: str, since: float = 6, **more: Any) -> Json:
    return {"status": status, "lastTransitionTime": at(since), **more}


def resource(name: str, condition: str, message: str = "", kind: str = "Deployment", **more: Any) -> Json:
    told = {"status": condition, **({"message": message} if message else {})}
    return {"kind": kind, "namespace": "web", "name": name, "status": "Synced", "health": told, **more}


# --- looking at them ---


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
        with suppress(Exception):
            found = self.api.get(Ref(APPLICATION, "argocd", document["metadata"]["name"]))
            asked = found["metadata"].get("annotations", {})
            document = copy.deepcopy(document)
            document["metadata"].setdefault("annotations", asked)
        self.api.put(document)

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


def pinned(target: Target = TARGET) -> Target:
    return replace(target, pinned=True)

"""A cluster in which a test plays Flux's controllers, in time that only passes while the check waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from promontory.checks.contract import Facilities
from promontory.checks.flux.check import FluxCheck
from promontory.checks.flux.objects import REQUESTED
from promontory.checks.watch import watch
from promontory.clusters import KubernetesObjects
from promontory.errors import ObjectNotFound
from promontory.health import CheckResult, Observation
from promontory.live_objects import (
    GIT_REPOSITORY,
    HELM_RELEASE,
    KUSTOMIZATION,
    Document,
    Objects,
    Ref,
    Selection,
    Subject,
    Watching,
)
from promontory.model import Place
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from promontory.tokens import HostTokens
from tests.checks.flux_samples import ELSEWHERE, NEWER, OLDER, OURS, Json

PUSHED = datetime(2025, 1, 1, tzinfo=UTC)
WEB_APP = Ref(KUSTOMIZATION, "flux-system", "web-app")
GITOPS = Ref(GIT_REPOSITORY, "flux-system", "gitops")
RELEASE = Ref(HELM_RELEASE, "web", "web-app")


class Script:
    """A clock that jumps over what anybody sleeps, and lets happen on the way what is planned for then."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.happened = 0
        self.under_way = 0
        self._planned: list[tuple[float, Callable[[], object]]] = []

    def plan(self, seconds: float, action: Callable[[], object]) -> None:
        self._planned.append((seconds, action))
        self._planned.sort(key=lambda planned: planned[0])

    def now(self) -> datetime:
        return PUSHED + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        while self.under_way:  # noqa: ASYNC110 - time stands still while somebody waits for a real answer
            await asyncio.sleep(0.001)
        until = self.seconds + seconds
        while self._planned and self._planned[0][0] <= until:
            self.seconds, action = self._planned.pop(0)
            action()
            self.happened += 1
            for _ in range(10):  # who watches is told, and may no longer want to sleep
                await asyncio.sleep(0)
        self.seconds = until


@dataclass(frozen=True)
class Lineage:
    """`History` of four commits."""

    known: dict[str, bool] = field(default_factory=lambda: {OURS: True, NEWER: True, OLDER: False})

    def is_ours(self, url: str) -> bool:
        return url == "https://git.acme.example/gitops.git"

    async def contains(self, observed: str, commit: str) -> bool | None:
        return self.known.get(observed) if observed != ELSEWHERE else None

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        raise NotImplementedError


class Asking:
    """`Objects` of the real client, but for its watches: they tell at once, and look by asking anew."""

    def __init__(self, clock: Script) -> None:
        self._clock = clock
        self._real = KubernetesObjects(timeout=10)
        self.log = self._real.log
        for name in ("get", "select", "patch", "create", "delete"):
            setattr(self, name, self._counted(getattr(self._real, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def counted(*arguments: Any, **named: Any) -> Any:
            self._clock.under_way += 1
            try:
                return await call(*arguments, **named)
            finally:
                self._clock.under_way -= 1

        return counted

    @asynccontextmanager
    async def watching(self, subjects: Sequence[Subject]) -> AsyncIterator[Watching]:
        yield _Asked(self, subjects, self._clock)


@dataclass
class _Asked:
    objects: Objects
    subjects: Sequence[Subject]
    clock: Script
    seen: int = 0

    async def look(self) -> tuple[Document, ...]:
        self.seen = self.clock.happened
        found: list[Document] = []
        for subject in self.subjects:
            if isinstance(subject, Selection):
                found += await self.objects.select(subject)
                continue
            try:
                found.append(await self.objects.get(subject))
            except ObjectNotFound:
                continue
        return tuple(found)

    async def changed(self) -> None:
        while self.seen == self.clock.happened:  # noqa: ASYNC110 - the clock wakes nobody
            await asyncio.sleep(0)


@dataclass
class Stage:
    api: KubernetesApi
    clock: Script = field(default_factory=Script)

    def put(self, *documents: Json) -> None:
        for document in documents:
            self.api.put(document)

    def at(self, seconds: float, *happens: Json | Callable[[], object]) -> None:
        """A controller writes an object, or something else happens. Flux keeps what it was asked with annotations."""

        def happen() -> None:
            for each in happens:
                if callable(each):
                    each()
                else:
                    self._write(each)

        self.clock.plan(seconds, happen)

    def handles(self, seconds: float, ref: Ref, request: str | None = None) -> None:
        """A controller comes to an end with what it was asked last, or with a request that it says it was."""

        def handle(document: Json) -> None:
            asked = document["metadata"].get("annotations", {}).get(REQUESTED)
            document["status"]["lastHandledReconcileAt"] = request or asked

        self.clock.plan(seconds, lambda: self.api.change(ref, handle))

    def _write(self, document: Json) -> None:
        ref = next(ref for ref in (WEB_APP, GITOPS, RELEASE) if ref.resource.kind == document["kind"])
        present = self.api.get(ref)
        kept = {"lastHandledReconcileAt": present.get("status", {}).get("lastHandledReconcileAt")}
        annotations = present["metadata"].get("annotations", {})
        metadata = {**document["metadata"], "annotations": annotations}
        self.api.put({**document, "metadata": metadata, "status": {**document["status"], **kept}})

    def watch(self, *, commit: str | None = OURS, pinned: bool = False, **options: Any) -> CheckResult:
        """The verdict of one check on what was pushed at second 0."""
        (result,) = asyncio.run(watch([self.check(**options)], self._target(commit, pinned), self._facilities())).checks
        return result

    def watch_together(self, *options: dict[str, Any]) -> tuple[CheckResult, ...]:
        checks = [self.check(**each) for each in options]
        return asyncio.run(watch(checks, self._target(OURS), self._facilities())).checks

    def look(self, *, commit: str | None = OURS, **options: Any) -> Observation:
        async def once() -> Observation:
            async with self.check(**options).session(self._target(commit), self._facilities()) as session:
                return await session.observe()

        return asyncio.run(once())

    def lint(self, **options: Any) -> list[str]:
        found = asyncio.run(self.check(**options).lint(self._target(None), self._facilities()))
        return [f"{remark.message} → {remark.remedy}" for remark in found]

    def check(self, **options: Any) -> FluxCheck:
        named = {} if {"selector", "helm_release"} & options.keys() else {"kustomization": "{application}"}
        return FluxCheck.model_validate({"kind": "flux", **named, **options})

    def asked(self, ref: Ref) -> int:
        """How often it was asked to reconcile."""
        path = f"/{ref.resource.plural}/{ref.name}"
        return sum(request.verb == "patch" and request.path.endswith(path) for request in self.api.requests)

    def order(self) -> list[str]:
        """Of what was asked to reconcile."""
        return [request.path.split("/")[-2] for request in self.api.requests if request.verb == "patch"]

    def _target(self, commit: str | None, pinned: bool = False) -> Target:
        return Target(Place("web-app", "staging"), "v1.3.0", commit, PUSHED, "v1.2.0", pinned)

    def _facilities(self) -> Facilities:
        return Facilities(self.clock, Asking(self.clock), Lineage(), HostTokens({}))

"""A ``kubernetes`` check that looks twice: when the release is in place, and when it has had its time to settle."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from promontory.checks.contract import Session
from promontory.checks.kubernetes.check import KubernetesCheck
from promontory.clusters import KubernetesObjects
from promontory.health import Observation
from promontory.model import Place
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.surroundings import facilities
from tests.checks.workloads import NEW, OLD, Json, condition, deployment, pod, replica_set, waiting

PUSHED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BEFORE, AFTER = "2026-03-01T11:50:00Z", "2026-03-01T12:05:00Z"
TARGET = Target(Place("web-app", "prod"), NEW, since=PUSHED)
TO_COME = "1 of 3 replicas run the release"
CRASHED = {"exitCode": 1, "reason": "Error"}


class HandSetClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return PUSHED + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("one look does not wait")


@dataclass(frozen=True)
class Seen:
    """``first`` when the release is in place, ``later`` when it has had its time to settle."""

    first: Observation
    later: Observation


def look(*cluster: Json, api: KubernetesApi, target: Target = TARGET, **options: Any) -> Seen:
    if "selector" not in options:
        kind = next((each["kind"] for each in cluster), "Deployment").lower()
        options.setdefault("workload", f"{kind}/{{application}}")
    return Seen(*story(api, cluster, (), target=target, **options))


def story(api: KubernetesApi, *chapters: Sequence[Json], target: Target = TARGET, **options: Any) -> list[Observation]:
    """What is seen in each chapter, the time to settle and a little more after the one before."""
    options.setdefault("workload", None if "selector" in options else "deployment/web-app")
    check = KubernetesCheck.model_validate({"kind": "kubernetes", "namespace": "{environment}", **options})
    clock = HandSetClock()

    async def tell(session: Session, documents: Sequence[Json]) -> Observation:
        changed = asyncio.create_task(session.changed())
        await asyncio.sleep(0)
        for document in documents:
            api.put(document)
        if documents:
            await asyncio.wait_for(changed, 20)
        changed.cancel()
        return await session.observe()

    async def run() -> list[Observation]:
        first, *others = chapters
        for document in first:
            api.put(document)
        async with check.session(target, facilities(clock, objects=KubernetesObjects())) as session:
            seen = [await session.observe()]
            for documents in others:
                clock.seconds += 31
                seen.append(await tell(session, documents))
            return seen

    return asyncio.run(run())


def rolling(*pods: Json, **numbers: Any) -> Sequence[Json]:
    """A Deployment in the middle of its rollout, the pods of the ReplicaSets of both releases, and these of the new."""
    return (
        deployment(**{"updated": 1, "ready": 3, "available": 3, "total": 4, **numbers}),
        replica_set("old", 3),
        replica_set("new", 4),
        pod("old-1", "old", waiting("ImagePullBackOff", "the release before has problems of its own"), release=OLD),
        *pods,
    )


def exceeded(at: str) -> Json:
    return condition("Progressing", "False", "ProgressDeadlineExceeded", 'ReplicaSet "new" has timed out', at)

"""Verification's own delay, from the change in the cluster to the verdict, and what many verifications at once cost.

Watched and polled in one run, against the same kind of server: a cluster that may be watched, and one that may not. The
checks are the real ones with the real client, and wait for nothing (``settle`` and ``stable_for`` are 0).
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cluster import Cluster
from benchmarks.tables import Row, print_table
from promontory.checks.argocd.check import ArgocdCheck
from promontory.checks.contract import Check, Facilities
from promontory.checks.kubernetes.check import KubernetesCheck
from promontory.checks.watch import watch
from promontory.clock import SystemClock
from promontory.clusters import KubernetesObjects
from promontory.model import Place
from promontory.options import Target
from promontory.tokens import HostTokens

Json = dict[str, Any]
COMMIT, URL, NAMESPACE = "a" * 40, "https://git.acme.example/gitops.git", "argocd"
TOGETHER, ROUNDS, SPREAD_SECONDS = 20, 4, 2.0
APPLICATIONS, OTHERS = 200, 1000
BOUND_SECONDS = 1.0
AT_ONCE: Json = {"settle": "0s", "stable_for": "0s", "deadline": "2m"}


@dataclass(frozen=True)
class OneCommit:
    """`History` of a repository with one commit."""

    def is_ours(self, url: str) -> bool:
        return url == URL

    async def contains(self, observed: str, commit: str) -> bool | None:
        return observed == commit

    async def same_tree(self, path: str, one: str, other: str) -> bool:  # noqa: ARG002 - the protocol has it
        return one == other


@dataclass(frozen=True)
class Measured:
    """Delays in seconds; memory in MB that came with the verifications, CPU in seconds of this process."""

    delays: Sequence[float]
    memory: float
    cpu: float
    watches: int


def deployment(name: str, available: int) -> Json:
    numbers = dict.fromkeys(("replicas", "updatedReplicas"), 3) | {"readyReplicas": 3, "availableReplicas": available}
    container = {"name": "app", "image": "ghcr.io/acme/app:v1.3.0"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"replicas": 3, "selector": {}, "template": {"spec": {"containers": [container]}}},
        "status": {"observedGeneration": 1, **numbers},
    }


def application(name: str, health: str) -> Json:
    """As Argo CD has them, with a page of resources."""
    resources = [
        {"kind": "Deployment", "namespace": "web", "name": f"{name}-{number}", "status": "Synced", "version": "v1"}
        for number in range(30)
    ]
    finished = {"phase": "Succeeded", "startedAt": "2026-03-01T12:00:10Z", "finishedAt": "2026-03-01T12:00:20Z"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": NAMESPACE, "managedFields": [{"manager": "argocd", "fieldsV1": {}}]},
        "spec": {
            "source": {"repoURL": URL, "targetRevision": "main", "path": name},
            "syncPolicy": {"automated": {}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": COMMIT},
            "health": {"status": health},
            "reconciledAt": "2026-03-01T12:00:30Z",
            "operationState": {**finished, "syncResult": {"revision": COMMIT}},
            "resources": resources,
        },
    }


def workload_check(name: str, context: str) -> Check:
    options = {"kind": "kubernetes", "workload": f"deployment/{name}", "namespace": NAMESPACE, "context": context}
    return KubernetesCheck.model_validate({**options, **AT_ONCE})


def application_check(name: str, context: str) -> Check:
    return ArgocdCheck.model_validate({"kind": "argocd", "application": name, "context": context, **AT_ONCE})


async def verified(check: Check, name: str, means: Facilities) -> float:
    """Watch until it is healthy; the moment of the verdict."""
    since = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    verdict = await watch([check], Target(Place(name, "prod"), "v1.3.0", COMMIT, since), means)
    assert verdict.healthy, verdict.reasons
    return time.monotonic()


async def together(
    cluster: Cluster, checks: dict[str, Check], healthy: Callable[[str], Json], spread: float
) -> Measured:
    """All of them at once; each becomes healthy at some moment within ``spread`` seconds."""
    objects = KubernetesObjects()
    means = Facilities(SystemClock(), objects, OneCommit(), HostTokens({}))
    memory, cpu = resident(), time.process_time()
    verdicts = {name: asyncio.create_task(verified(check, name, means)) for name, check in checks.items()}
    await asyncio.sleep(2.0)  # all have looked by now
    assert not any(task.done() for task in verdicts.values())
    memory, watches = resident() - memory, sum(cluster.seen()["watches"].values())
    changed = {}
    for name in random.sample(sorted(checks), len(checks)):
        changed[name] = await asyncio.to_thread(cluster.put, healthy(name))
        await asyncio.sleep(random.uniform(0, 2 * spread / len(checks)))  # noqa: S311 - it spreads moments
    delays = [await task - changed[name] for name, task in verdicts.items()]
    return Measured(delays, memory, time.process_time() - cpu, watches)


def resident() -> float:
    """This process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def delays(cluster: Cluster, context: str) -> list[float]:
    names = [f"app-{number}" for number in range(TOGETHER)]
    found: list[float] = []
    for _ in range(ROUNDS):
        cluster.put(*(deployment(name, 2) for name in names))
        checks = {name: workload_check(name, context) for name in names}
        measured = asyncio.run(together(cluster, checks, lambda name: deployment(name, 3), SPREAD_SECONDS))
        found += measured.delays
    return found


def many(cluster: Cluster, context: str, count: int) -> Measured:
    names = [f"app-{number}" for number in range(count)]
    cluster.put(*(application(name, "Progressing") for name in names))
    checks = {name: application_check(name, context) for name in names}
    return asyncio.run(together(cluster, checks, lambda name: application(name, "Healthy"), 5.0))


def percentile(found: Sequence[float], number: int) -> float:
    return quantiles(found, n=100, method="inclusive")[number - 1]


def main() -> int:
    logging.getLogger("promontory.clusters").setLevel(logging.ERROR)  # it would say that it may not watch
    with TemporaryDirectory(prefix="promontory-bench-") as directory:
        place = Path(directory)
        with Cluster("watched", place) as watched, Cluster("polled", place, watchable=False) as polled:
            os.environ["KUBECONFIG"] = f"{watched.kubeconfig}{os.pathsep}{polled.kubeconfig}"
            os.environ["NO_PROXY"] = "127.0.0.1"
            seen, asked = delays(watched, "watched"), delays(polled, "polled")
            watched.put(*(application(f"other-{number}", "Healthy") for number in range(OTHERS)))
            one, all_of_them = many(watched, "watched", 1), many(watched, "watched", APPLICATIONS)
    rows = [*delay_rows(seen, asked), *cost_rows(one, all_of_them)]
    print_table("Verification", rows)
    return 0 if all(row.verdict != "MISS" for row in rows) else 1


def delay_rows(seen: Sequence[float], asked: Sequence[float]) -> list[Row]:
    late, later = percentile(seen, 95), percentile(asked, 95)
    return [
        Row("from the change to the verdict, watched, p50 [ms]", percentile(seen, 50) * 1000),
        Row("… p95 [ms]", late * 1000, f"of {BOUND_SECONDS:g} s", late / BOUND_SECONDS, 1.0, at_most=True),
        Row("from the change to the verdict, polled, p50 [ms]", percentile(asked, 50) * 1000),
        Row("… p95 [ms]", later * 1000, "times watched", later / late, 1.0),
    ]


def cost_rows(one: Measured, all_of_them: Measured) -> list[Row]:
    late, growth = percentile(all_of_them.delays, 95), all_of_them.cpu / one.cpu
    many_of = f"{APPLICATIONS} applications at once"
    return [
        Row(f"{many_of}, {OTHERS} others there: watches", all_of_them.watches, "each", all_of_them.watches, 1.0, True),
        Row("… memory [MB]", all_of_them.memory, "MB each", all_of_them.memory / APPLICATIONS, 1.0, at_most=True),
        Row("… CPU [s]", all_of_them.cpu, "times one alone", growth, float(APPLICATIONS), at_most=True),
        Row("… p95 [ms]", late * 1000, f"of {BOUND_SECONDS:g} s", late / BOUND_SECONDS, 1.0, at_most=True),
    ]


if __name__ == "__main__":
    sys.exit(main())

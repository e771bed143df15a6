"""Which workloads count as rolled out, and what is said of others, through the real client and a real server.

The table is the rules: what the cluster says, before and after the time to settle, and what the check makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from promontory.health import Health
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.rollouts import AFTER, BEFORE, CRASHED, TO_COME, exceeded, look, rolling
from tests.checks.workloads import (
    IMAGE,
    NEW,
    OLD,
    Json,
    condition,
    container,
    daemon_set,
    deployment,
    job,
    pod,
    stateful_set,
    waiting,
)

HEALTHY, PROGRESSING, UNHEALTHY = Health.HEALTHY, Health.PROGRESSING, Health.UNHEALTHY
PULL = 'Back-off pulling image "ghcr.io/acme/web-app:v1.3.0"'
NO_NODE = "0/3 nodes are available: 3 Insufficient cpu."
KILLED = {"exitCode": 137, "reason": "OOMKilled"}
ON_DELETE = {"type": "OnDelete"}


def partition(number: int) -> Json:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}


# fmt: off
# What the cluster says → what it is at first → what it is after the time to settle → what is said then.
TABLE: dict[str, tuple[Sequence[Json], Health, Health, str]] = {
    # --- Deployments ---
    "all replicas run the release and are available": ((deployment(),), HEALTHY, HEALTHY, "3 replicas available"),
    "no replicas in the spec mean one": ((deployment(None),), HEALTHY, HEALTHY, "1 replica available"),
    "scaled to 0 it has rolled out": ((deployment(0),), HEALTHY, HEALTHY, "scaled to 0, so that nothing runs"),
    "the controller has not seen the change": (
        (deployment(observed=3),), PROGRESSING, PROGRESSING, "its controller has not seen the latest change yet",
    ),
    "the template runs the release before, and that well": (
        (deployment(release=OLD),), PROGRESSING, PROGRESSING, f"runs {IMAGE}:{OLD}, not {NEW} yet",
    ),
    "not all replicas are updated": (
        (deployment(updated=1, total=4),), PROGRESSING, PROGRESSING, TO_COME,
    ),
    "replicas of the release before are still there": (
        (deployment(total=5),), PROGRESSING, PROGRESSING, "2 replicas of the release before still there",
    ),
    "not all replicas are ready": ((deployment(ready=2),), PROGRESSING, PROGRESSING, "2 of 3 replicas ready"),
    "ready replicas that are not available yet": (
        (deployment(available=2),), PROGRESSING, PROGRESSING, "2 of 3 replicas available",
    ),
    "an autoscaler wants more than there are": (
        (deployment(5, updated=3, total=3, ready=3, available=3),), PROGRESSING, PROGRESSING,
        "3 of 5 replicas run the release",
    ),
    "an autoscaler wants fewer than there are": (
        (deployment(2, updated=3, total=3, ready=3, available=3),), PROGRESSING, PROGRESSING,
        "there are 3 of 2 replicas",
    ),
    "its progress deadline is exceeded": (
        (deployment(updated=1, conditions=[exceeded(AFTER)]),), UNHEALTHY, UNHEALTHY,
        'has not progressed within its progressDeadlineSeconds: ReplicaSet "new" has timed out',
    ),
    "the progress deadline of the release before was exceeded": (
        (deployment(updated=1, conditions=[exceeded(BEFORE)]),), PROGRESSING, UNHEALTHY,
        'has not progressed within its progressDeadlineSeconds: ReplicaSet "new" has timed out',
    ),
    "paused before it has rolled out": (
        (deployment(updated=0, spec={"paused": True}),), PROGRESSING, PROGRESSING,
        "its rollout is paused: 0 of 3 replicas run the release",
    ),
    "paused when it has rolled out": (
        (deployment(spec={"paused": True}),), HEALTHY, HEALTHY, "3 replicas available",
    ),
    "a quota keeps its pods from being made": (
        (deployment(updated=1, conditions=[condition("ReplicaFailure", message="exceeded quota: pods")]),),
        PROGRESSING, UNHEALTHY, f"{TO_COME} (exceeded quota: pods)",
    ),
    "being deleted": (
        (deployment(deletionTimestamp=AFTER),), PROGRESSING, PROGRESSING, "is being deleted",
    ),
    # --- what its pods say, those of the new ReplicaSet only ---
    "the image cannot be pulled": (
        rolling(pod("new-1", "new", waiting("ImagePullBackOff", PULL))), PROGRESSING, UNHEALTHY,
        f"{TO_COME}; pod new-1: container c0 cannot get its image (ImagePullBackOff): {PULL}",
    ),
    "the image could not be pulled the first time": (
        rolling(pod("new-1", "new", waiting("ErrImagePull", "not found"))), PROGRESSING, UNHEALTHY,
        f"{TO_COME}; pod new-1: container c0 cannot get its image (ErrImagePull): not found",
    ),
    "the program crashes again and again": (
        rolling(pod("new-1", "new", waiting("CrashLoopBackOff", restarts=4, last=CRASHED))), PROGRESSING, UNHEALTHY,
        f"{TO_COME}; pod new-1: container c0 crashes (CrashLoopBackOff), restarted 4 times, exit code 1",
    ),
    "the program needs more memory than it may have": (
        rolling(pod("new-1", "new", waiting("CrashLoopBackOff", restarts=2, last=KILLED))), PROGRESSING, UNHEALTHY,
        f"{TO_COME}; pod new-1: container c0 crashes (CrashLoopBackOff), restarted 2 times, exit code 137 (OOMKilled)",
    ),
    "the program has crashed once": (
        rolling(pod("new-1", "new", container(ready=False, restarts=1, terminated=CRASHED))), PROGRESSING, PROGRESSING,
        f"{TO_COME}; pod new-1: container c0 ended with exit code 1, restarted 1 time",
    ),
    "a secret is missing": (
        rolling(pod("new-1", "new", waiting("CreateContainerConfigError", 'secret "db" not found'))),
        PROGRESSING, UNHEALTHY,
        f'{TO_COME}; pod new-1: container c0 cannot be started (CreateContainerConfigError): secret "db" not found',
    ),
    "no node has room, and one may come": (
        rolling(pod("new-1", "new", phase="Pending",
                    conditions=[condition("PodScheduled", "False", "Unschedulable", NO_NODE)])),
        PROGRESSING, PROGRESSING, f"{TO_COME}; pod new-1: Unschedulable: {NO_NODE}",
    ),
    "a pod is not ready, and may become so": (
        rolling(pod("new-1", "new", container(ready=False, running={}))), PROGRESSING, PROGRESSING,
        f"{TO_COME}; pod new-1: container c0 runs, but is not ready",
    ),
    "a pod is not ready after it was restarted": (
        rolling(pod("new-1", "new", container(ready=False, running={}, restarts=3, last=KILLED))),
        PROGRESSING, PROGRESSING,
        f"{TO_COME}; pod new-1: container c0 runs, but is not ready, restarted 3 times, "
        "the last time after exit code 137 (OOMKilled)",
    ),
    "a container that prepares the pod fails": (
        rolling(pod("new-1", "new", initContainerStatuses=[waiting("CrashLoopBackOff", restarts=1, last=CRASHED)])),
        PROGRESSING, UNHEALTHY,
        f"{TO_COME}; pod new-1: container c0 crashes (CrashLoopBackOff), restarted 1 time, exit code 1",
    ),
    "a pod was evicted": (
        rolling(pod("new-1", "new", phase="Failed", reason="Evicted", message="low on memory")),
        PROGRESSING, PROGRESSING, f"{TO_COME}; pod new-1: has failed (Evicted): low on memory",
    ),
    "pods with the same problem are told together": (
        rolling(*(pod(f"new-{n}", "new", waiting("ErrImagePull", "no")) for n in range(5))), PROGRESSING, UNHEALTHY,
        f"{TO_COME}; pods new-0, new-1, new-2 and 2 more: container c0 cannot get its image (ErrImagePull): no",
    ),
    "a pod that only starts has no problem": (
        rolling(pod("new-1", "new", waiting("ContainerCreating"))), PROGRESSING, PROGRESSING, TO_COME,
    ),
    # --- StatefulSets ---
    "a set at its new revision": ((stateful_set(),), HEALTHY, HEALTHY, "3 replicas available"),
    "a set on its way": (
        (stateful_set(current="old", updated=1),), PROGRESSING, PROGRESSING, "1 of 3 pods run the release",
    ),
    "a set whose pods are not all ready": (
        (stateful_set(readyReplicas=2),), PROGRESSING, PROGRESSING, "2 of 3 replicas ready",
    ),
    "a set whose controller has to finish": (
        (stateful_set(current="old"),), PROGRESSING, PROGRESSING,
        "its pods run the release, and its controller has not finished yet",
    ),
    "a set whose controller has not seen the change": (
        (stateful_set(observedGeneration=3),), PROGRESSING, PROGRESSING,
        "its controller has not seen the latest change yet",
    ),
    "a set that goes as far as its partition": (
        (stateful_set(5, current="old", updated=3, strategy=partition(2)),), HEALTHY, HEALTHY,
        "5 replicas available; 3 of them run the release, by its partition",
    ),
    "a set that is on its way to its partition": (
        (stateful_set(5, current="old", updated=2, strategy=partition(2)),), PROGRESSING, PROGRESSING,
        "2 of 3 pods above its partition of 2 run the release",
    ),
    "a set whose partition lets no pod through": (
        (stateful_set(3, current="old", updated=0, strategy=partition(3)),), PROGRESSING, PROGRESSING,
        "its partition of 3 keeps all of its pods at the release before",
    ),
    "a set whose pods have to be deleted by hand": (
        (stateful_set(current="old", updated=1, strategy=ON_DELETE),), PROGRESSING, PROGRESSING,
        "1 of 3 pods run the release: under OnDelete somebody has to delete the pods of the others",
    ),
    "a set whose pods were deleted by hand": (
        (stateful_set(current="old", strategy=ON_DELETE),), HEALTHY, HEALTHY, "3 replicas available",
    ),
    "a pod of a set's new revision crashes, and one of the old has a problem, too": (
        (
            stateful_set(current="old", updated=1),
            pod("web-2", "StatefulSet", waiting("CrashLoopBackOff", restarts=2, last=CRASHED),
                labels={"controller-revision-hash": "new"}),
            pod("web-1", "StatefulSet", waiting("ImagePullBackOff"), labels={"controller-revision-hash": "old"}),
        ),
        PROGRESSING, UNHEALTHY,
        "1 of 3 pods run the release; pod web-2: container c0 crashes (CrashLoopBackOff), restarted 2 times, "
        "exit code 1",
    ),
    # --- DaemonSets ---
    "available on every node": ((daemon_set(),), HEALTHY, HEALTHY, "available on 3 nodes"),
    "not updated on every node": (
        (daemon_set(updated=2),), PROGRESSING, PROGRESSING, "2 of 3 nodes run the release",
    ),
    "not available on every node": (
        (daemon_set(available=1),), PROGRESSING, PROGRESSING, "1 of 3 pods available, one on each node",
    ),
    "no node is selected": ((daemon_set(0, updated=0, available=0),), HEALTHY, HEALTHY, "no node is to run it"),
    "pods on nodes have to be deleted by hand": (
        (daemon_set(updated=1, on_delete=True),), PROGRESSING, PROGRESSING,
        "1 of 3 nodes run the release: under OnDelete somebody has to delete the pods of the others",
    ),
    "a pod of the release fails on a node, and one of the release before": (
        (
            daemon_set(updated=2, available=1),
            pod("node-a", "DaemonSet", waiting("ErrImagePull", "no"), release=OLD),
            pod("node-b", "DaemonSet", waiting("RunContainerError", "no such file")),
        ),
        PROGRESSING, UNHEALTHY,
        "2 of 3 nodes run the release; pod node-b: container c0 cannot be started (RunContainerError): no such file",
    ),
    # --- Jobs ---
    "a job that has completed": ((job(condition("Complete")),), HEALTHY, HEALTHY, "has completed"),
    "a job that runs": (
        (job(spec={"completions": 2}, active=1, succeeded=1),), PROGRESSING, PROGRESSING,
        "1 of 2 pods have succeeded, 1 active, 0 failed",
    ),
    "a job that is suspended": ((job(spec={"suspend": True}),), PROGRESSING, PROGRESSING, "is suspended"),
    "a job that has failed": (
        (job(condition("Failed", reason="BackoffLimitExceeded", message="too often", at=AFTER)),),
        UNHEALTHY, UNHEALTHY, "has failed (BackoffLimitExceeded): too often",
    ),
    "a job of the same release that had failed before": (
        (job(condition("Failed", reason="DeadlineExceeded", at=BEFORE)),),
        PROGRESSING, UNHEALTHY, "has failed (DeadlineExceeded)",
    ),
    "a job that is about to fail": (
        (job(condition("FailureTarget", reason="PodFailurePolicy", at=AFTER)),),
        UNHEALTHY, UNHEALTHY, "has failed (PodFailurePolicy)",
    ),
}
# fmt: on


@pytest.mark.parametrize(("cluster", "first", "later", "reason"), TABLE.values(), ids=TABLE)
def test_the_rules(
    kubernetes_api: KubernetesApi, cluster: Sequence[Json], first: Health, later: Health, reason: str
) -> None:
    seen = look(*cluster, api=kubernetes_api)

    assert (seen.first.health, seen.later.health) == (first, later)
    assert seen.later.reason == f"{cluster[0]['kind']} prod/web-app: {reason}"
    assert (seen.first.final, seen.later.final) == (first is UNHEALTHY, later is UNHEALTHY)

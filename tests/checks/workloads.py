"""Workloads, ReplicaSets and pods as a cluster has them: rolled out well, but for what a test says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
IMAGE = "ghcr.io/acme/web-app"
NEW, OLD = "v1.3.0", "v1.2.0"
NAMESPACE = "prod"
LABELS = {"app": "web-app"}


def workload(kind: str, spec: Json, status: Json, release: str = NEW, **metadata: Any) -> Json:
    images = metadata.pop("images", [f"{IMAGE}:{release}"])
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {
            "name": "web-app",
            "namespace": NAMESPACE,
            "uid": kind,
            "generation": 4,
            "labels": LABELS,
            **metadata,
        },
        "spec": {"selector": {"matchLabels": LABELS}, "template": template(*images), **spec},
        "status": status,
    }


def template(*images: str) -> Json:
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return {"metadata": {"labels": LABELS}, "spec": {"containers": containers}}


def deployment(
    replicas: int | None = 3,
    *,
    updated: int | None = None,
    total: int | None = None,
    ready: int | None = None,
    available: int | None = None,
    observed: int = 4,
    conditions: list[Json] | None = None,
    spec: Mapping[str, Any] | None = None,
    **more: Any,
) -> Json:
    """Numbers that are left out are all of ``replicas``."""
    every = 1 if replicas is None else replicas
    numbers = {"updatedReplicas": updated, "replicas": total, "readyReplicas": ready, "availableReplicas": available}
    # As the API does, with zeros left out.
    status: Json = {key: found for key, value in numbers.items() if (found := every if value is None else value)}
    status |= {"observedGeneration": observed, "conditions": conditions or []}
    wanted = {} if replicas is None else {"replicas": replicas}
    return workload("Deployment", {**wanted, **(spec or {})}, status, **more)


def stateful_set(
    replicas: int = 3, *, current: str = "new", strategy: Json | None = None, updated: int | None = None, **status: Any
) -> Json:
    """``current`` is the revision that it came from; "new" is the one that it goes to."""
    numbers = {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}
    told = {"observedGeneration": 4, "currentRevision": current, "updateRevision": "new", **numbers, **status}
    told["updatedReplicas"] = replicas if updated is None else updated
    return workload("StatefulSet", {"replicas": replicas, "updateStrategy": strategy or {}}, told)


def daemon_set(desired: int = 3, *, updated: int = 3, available: int = 3, on_delete: bool = False) -> Json:
    status = {"desiredNumberScheduled": desired, "updatedNumberScheduled": updated, "numberAvailable": available}
    strategy = {"updateStrategy": {"type": "OnDelete" if on_delete else "RollingUpdate"}}
    return workload("DaemonSet", strategy, {"observedGeneration": 4, **status})


def job(*conditions: Json, spec: Json | None = None, **status: Any) -> Json:
    return workload("Job", spec or {}, {"conditions": list(conditions), **status})


def condition(kind: str, status: str = "True", reason: str = "", message: str = "", at: str = "") -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": at or None}


def owned(document: Json, owner: str) -> Json:
    return {**document, "metadata": {**document["metadata"], "ownerReferences": [{"uid": owner, "controller": True}]}}


def replica_set(name: str, revision: int, owner: str = "Deployment") -> Json:
    metadata = {
        "name": name,
        "namespace": NAMESPACE,
        "uid": name,
        "labels": LABELS,
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
    }
    return owned({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": {}}, owner)


def pod(
    name: str, owner: str, *containers: Json, release: str = NEW, labels: Mapping[str, str] | None = None, **status: Any
) -> Json:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {**LABELS, **(labels or {})}}
    found = {"phase": "Running", "containerStatuses": list(containers), **status}
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **template(f"{IMAGE}:{release}")}
    return owned({**document, "metadata": metadata, "status": found}, owner)


def container(
    name: str = "c0", *, ready: bool = True, restarts: int = 0, last: Json | None = None, **state: Any
) -> Json:
    """``state``: running, waiting or terminated; ``last`` is how it ended the last time."""
    before = {"lastState": {"terminated": last}} if last else {}
    return {"name": name, "ready": ready, "restartCount": restarts, "state": state, **before}


def waiting(reason: str, message: str = "", **more: Any) -> Json:
    return container(ready=False, waiting={"reason": reason, "message": message}, **more)

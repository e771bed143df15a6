"""How far a workload has got with its release, judged from its object alone, by the rules of its controller.

Pure: a document in, a `Rollout` out. What its pods say is `pods`' business, what time does to a judgement
that of `kubernetes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from promontory.checks.kubernetes.images import stale
from promontory.health import Health
from promontory.live_objects import Document

Part = Mapping[str, Any]


@dataclass(frozen=True)
class Rollout:
    """``in_place``: the release is in the template, and the controller has seen that.

    ``given_up`` is when the controller said that it will not come about, ``since`` from when on it has been available.
    """

    health: Health
    reason: str
    in_place: bool = True
    given_up: datetime | None = None
    since: datetime | None = None


def judge(workload: Document, release: str, image: str | None = None) -> Rollout:
    """The first thing that is wrong decides. ``image`` names the containers that the release is about."""
    metadata, spec, status = workload["metadata"], workload.get("spec") or {}, workload.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return _behind("is being deleted")
    if wrong := stale(spec.get("template") or {}, release, image):
        return _behind(wrong)
    if workload["kind"] == "Job":
        return _judge_job(spec, status)
    if _number(status, "observedGeneration") < _number(metadata, "generation"):
        return _behind("its controller has not seen the latest change yet")
    return _CONTROLLERS[workload["kind"]](spec, status)


def _judge_deployment(spec: Part, status: Part) -> Rollout:
    wanted = _number(spec, "replicas", 1)
    updated, total = _number(status, "updatedReplicas"), _number(status, "replicas")
    progress = condition(status, "Progressing")
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return _failed("has not progressed within its progressDeadlineSeconds", progress)
    if updated < wanted and spec.get("paused"):
        return _rolling(f"its rollout is paused: {updated} of {wanted} replicas run the release")
    if updated < wanted:
        failure = condition(status, "ReplicaFailure")
        blocked = f" ({failure.get('message', '')})" if failure.get("status") == "True" else ""
        judged = _rolling(f"{updated} of {wanted} replicas run the release{blocked}")
        return replace(judged, health=Health.UNHEALTHY) if blocked else judged
    if total > updated:
        return _rolling(f"{_count(total - updated, 'replica')} of the release before still there")
    ready, available = _number(status, "readyReplicas"), _number(status, "availableReplicas")
    return _judge_counts(total, wanted, ready, available, since=_when(condition(status, "Available")))


def _judge_stateful_set(spec: Part, status: Part) -> Rollout:
    wanted, total = _number(spec, "replicas", 1), _number(status, "replicas")
    updated, ready = _number(status, "updatedReplicas"), _number(status, "readyReplicas")
    strategy = spec.get("updateStrategy") or {}
    partition = _number(strategy.get("rollingUpdate") or {}, "partition")
    done = bool(status.get("updateRevision")) and status.get("currentRevision") == status.get("updateRevision")
    if not done and strategy.get("type") == "OnDelete" and updated < wanted:
        return _by_hand(updated, wanted, "pods")
    if not done and partition >= wanted > 0:
        return _rolling(f"its partition of {partition} keeps all of its pods at the release before")
    if not done and updated < wanted - partition:
        above = f" above its partition of {partition}" if partition else ""
        return _rolling(f"{updated} of {_count(wanted - partition, 'pod')}{above} run the release")
    if not done and not partition and strategy.get("type") != "OnDelete":
        return _rolling("its pods run the release, and its controller has not finished yet")
    judged = _judge_counts(total, wanted, ready, _number(status, "availableReplicas", ready))
    if judged.health is Health.HEALTHY and not done and partition:
        return replace(judged, reason=f"{judged.reason}; {updated} of them run the release, by its partition")
    return judged


def _judge_daemon_set(spec: Part, status: Part) -> Rollout:
    wanted, updated = _number(status, "desiredNumberScheduled"), _number(status, "updatedNumberScheduled")
    available = _number(status, "numberAvailable")
    if updated < wanted:
        if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
            return _by_hand(updated, wanted, "nodes")
        return _rolling(f"{updated} of {_count(wanted, 'node')} run the release")
    if available < wanted:
        return _rolling(f"{available} of {_count(wanted, 'pod')} available, one on each node")
    told = f"available on {_count(wanted, 'node')}" if wanted else "no node is to run it"
    return Rollout(Health.HEALTHY, told)


def _judge_job(spec: Part, status: Part) -> Rollout:
    for kind in ("Failed", "FailureTarget"):
        failed = condition(status, kind)
        if failed.get("status") == "True":
            return _failed(f"has failed ({failed.get('reason', 'for no reason given')})", failed)
    complete = condition(status, "Complete")
    if complete.get("status") == "True":
        return Rollout(Health.HEALTHY, "has completed", since=_when(complete))
    if spec.get("suspend"):
        return _rolling("is suspended")
    numbers = f"{_number(status, 'active')} active, {_number(status, 'failed')} failed"
    of = f" of {spec['completions']}" if spec.get("completions") else ""
    return _rolling(f"{_number(status, 'succeeded')}{of} pods have succeeded, {numbers}")


_CONTROLLERS: Mapping[str, Callable[[Part, Part], Rollout]] = {
    "Deployment": _judge_deployment,
    "StatefulSet": _judge_stateful_set,
    "DaemonSet": _judge_daemon_set,
}


def condition(status: Part, kind: str) -> Part:
    """Empty where there is none."""
    return next((each for each in status.get("conditions") or [] if each.get("type") == kind), {})


def _judge_counts(total: int, wanted: int, ready: int, available: int, since: datetime | None = None) -> Rollout:
    """All of them run the release; are they there, and no more than they?"""
    if total != wanted:
        return _rolling(f"there are {total} of {_count(wanted, 'replica')}")
    for number, what in ((ready, "ready"), (available, "available")):
        if number < wanted:
            return _rolling(f"{number} of {_count(wanted, 'replica')} {what}")
    told = f"{_count(wanted, 'replica')} available" if wanted else "scaled to 0, so that nothing runs"
    return Rollout(Health.HEALTHY, told, since=since)


def _by_hand(updated: int, wanted: int, what: str) -> Rollout:
    told = f"{updated} of {wanted} {what} run the release: under OnDelete somebody has to delete the pods of the others"
    return _rolling(told)


def _behind(reason: str) -> Rollout:
    """The release is not in its template yet, or nobody has seen it there."""
    return Rollout(Health.PROGRESSING, reason, in_place=False)


def _rolling(reason: str) -> Rollout:
    return Rollout(Health.PROGRESSING, reason)


def _failed(what: str, said: Part) -> Rollout:
    message = str(said.get("message", ""))
    return Rollout(Health.UNHEALTHY, f"{what}: {message}" if message else what, given_up=_when(said))


def _when(said: Part) -> datetime | None:
    """When a condition became what it is."""
    try:
        return datetime.fromisoformat(str(said["lastTransitionTime"]))
    except (KeyError, ValueError):
        return None


def _number(part: Part, key: str, default: int = 0) -> int:
    value = part.get(key)
    return default if value is None else int(value)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

"""What is wrong with a workload's pods, and which ones are those of its release.

Pods are looked at only where a rollout does not come to its end: its object says that, and they say why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promontory.checks.kubernetes.images import images
from promontory.checks.kubernetes.rollout import condition
from promontory.errors import PromontoryError
from promontory.escaping.plain import words
from promontory.live_objects import POD, REPLICA_SET, Document, Objects, Ref, Selection

_WORDS = 300
_SHOWN = 3
_LOG_LINES = 10
_PULLING = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
_STARTING = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError")
_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Problem:
    """``grave``: waiting does not mend it, as it would a node that is not there yet or a program that starts slowly."""

    pod: str
    text: str
    grave: bool


def problems(pods: Sequence[Document]) -> list[Problem]:
    """The first problem of each pod, grave ones first."""
    found = [problem for pod in pods for problem in _first(pod)]
    return sorted(found, key=lambda problem: (not problem.grave, problem.pod))


def told(found: Sequence[Problem]) -> str:
    """In words; pods that have the same problem are named together."""
    groups: dict[str, list[str]] = {}
    for problem in found:
        groups.setdefault(problem.text, []).append(problem.pod)
    shown = [f"{_names(pods)}: {text}" for text, pods in list(groups.items())[:_SHOWN]]
    more = len(groups) - len(shown)
    return "; ".join([*shown, f"{more} other problems"] if more > 0 else shown)


def _names(pods: Sequence[str]) -> str:
    if len(pods) == 1:
        return f"pod {pods[0]}"
    more = f" and {len(pods) - _SHOWN} more" if len(pods) > _SHOWN else ""
    return f"pods {', '.join(pods[:_SHOWN])}{more}"


def _first(pod: Document) -> Iterator[Problem]:
    metadata, status = pod["metadata"], pod.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    found = [problem for container in containers if (problem := _container_problem(container))]
    scheduled = condition(status, "PodScheduled")
    if scheduled.get("reason") == "Unschedulable":
        found.append((f"Unschedulable: {_words(scheduled.get('message'))}", False))
    if status.get("phase") == "Failed" and not found:
        found.append((f"has failed ({status.get('reason', 'Error')}): {_words(status.get('message'))}", False))
    if found:
        text, grave = max(found, key=lambda problem: problem[1])
        yield Problem(str(metadata["name"]), text, grave)


def _container_problem(status: Mapping[str, Any]) -> tuple[str, bool] | None:
    state, name = status.get("state") or {}, f"container {status.get('name')}"
    if waiting := state.get("waiting"):
        return _waiting_problem(name, status, waiting)
    ended = state.get("terminated")
    if ended and ended.get("exitCode"):
        return f"{name} ended with {_exit(ended)}{_restarts(status)}", False
    if "running" in state and status.get("ready") is False:
        before = (status.get("lastState") or {}).get("terminated")
        again = f"{_restarts(status)}, the last time after {_exit(before)}" if before else ""
        return f"{name} runs, but is not ready{again}", False
    return None


def _waiting_problem(name: str, status: Mapping[str, Any], waiting: Mapping[str, Any]) -> tuple[str, bool] | None:
    reason, message = str(waiting.get("reason", "")), _words(waiting.get("message"))
    if reason in _PULLING:
        return f"{name} cannot get its image ({reason}): {message}", True
    if reason == "CrashLoopBackOff":
        last = (status.get("lastState") or {}).get("terminated")
        return f"{name} crashes (CrashLoopBackOff){_restarts(status)}{f', {_exit(last)}' if last else ''}", True
    if reason in _STARTING:
        return f"{name} cannot be started ({reason}): {message}", True
    return None


def _restarts(status: Mapping[str, Any]) -> str:
    count = status.get("restartCount") or 0
    return f", restarted {count} time{'s' * (count != 1)}" if count else ""


def _exit(ended: Mapping[str, Any]) -> str:
    reason = ended.get("reason")
    why = f" ({reason})" if reason and reason != "Error" else ""
    return f"exit code {ended.get('exitCode')}{why}"


def _words(message: object) -> str:
    return words(str(message or "no message"), _WORDS)


async def find_pods(objects: Objects, workload: Document, context: str | None) -> list[Document]:
    """The pods that run the workload's present template, along the owners. Raises what the cluster says."""
    metadata, spec = workload["metadata"], workload["spec"]
    labels = _selector(spec.get("selector") or {})
    owner = metadata["uid"]
    if workload["kind"] == "Deployment":
        sets = await objects.select(Selection(REPLICA_SET, metadata["namespace"], labels, context))
        newest = max((each for each in sets if _owned(each, owner)), key=_revision, default=None)
        if newest is None:
            return []
        owner = newest["metadata"]["uid"]
    pods = await objects.select(Selection(POD, metadata["namespace"], labels, context))
    return [pod for pod in pods if _owned(pod, owner) and _is_present(pod, workload)]


def _owned(document: Document, owner: str) -> bool:
    return any(each.get("uid") == owner for each in document["metadata"].get("ownerReferences") or [])


def _revision(replica_set: Document) -> int:
    text = str((replica_set["metadata"].get("annotations") or {}).get(_REVISION, ""))
    return int(text) if text.isdecimal() else 0


def _is_present(pod: Document, workload: Document) -> bool:
    """Whether a pod that belongs to the workload is of its present template."""
    if workload["kind"] == "StatefulSet":
        revision = (pod["metadata"].get("labels") or {}).get("controller-revision-hash")
        return revision in (None, (workload.get("status") or {}).get("updateRevision"))
    if workload["kind"] == "DaemonSet":
        return images(pod) == images(workload["spec"]["template"])
    return True


def _selector(selector: Mapping[str, Any]) -> str:
    """A workload's ``spec.selector`` as `kubectl -l` takes it."""
    equal = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ",".join([*equal, *(_expression(each) for each in selector.get("matchExpressions") or [])])


def _expression(each: Mapping[str, Any]) -> str:
    key, operator = each["key"], each["operator"]
    if operator in ("Exists", "DoesNotExist"):
        return key if operator == "Exists" else f"!{key}"
    return f"{key} {operator.lower()} ({','.join(each['values'])})"


async def last_words(objects: Objects, pods: Sequence[Document], context: str | None) -> str:
    """The end of the log of the pod that failed last; empty where there is none, or it may not be read."""
    failed = [pod for pod in pods if (pod.get("status") or {}).get("phase") == "Failed"]
    if not failed:
        return ""
    metadata = max(failed, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))["metadata"]
    pod = Ref(POD, metadata["namespace"], metadata["name"], context)
    log = objects.log(pod, _ended_container(failed, metadata["name"]), tail=_LOG_LINES)
    try:
        lines = [_words(line) async for line in log]
    except PromontoryError:
        return ""
    return f"the last lines of pod {pod.name}: {' | '.join(lines)}" if lines else ""


def _ended_container(pods: Sequence[Document], name: str) -> str | None:
    """The container that ended badly; None: the only one."""
    pod = next(pod for pod in pods if pod["metadata"]["name"] == name)
    for status in (pod.get("status") or {}).get("containerStatuses") or []:
        if ((status.get("state") or {}).get("terminated") or {}).get("exitCode"):
            return str(status["name"])
    return None

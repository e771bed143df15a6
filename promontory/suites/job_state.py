"""What a Job and its pods say about a test: passed, failed, or why it has not begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from promontory.escaping.plain import words
from promontory.live_objects import Document

# The kubelet tries these again and again, and people wait in vain.
_PULLS = ("ErrImagePull", "ImagePullBackOff")
_HOPELESS = (
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
)
_LONGEST = 300


@dataclass(frozen=True)
class JobState:
    """``ended``: passed where there is no ``reason``. Else ``reason`` is what keeps it from running, if anything does.

    ``stuck``: a pod has not started. ``pulling``: because its image does not come. ``hopeless``: waiting is no use.
    """

    ended: bool = False
    reason: str = ""
    stuck: bool = False
    pulling: bool = False
    hopeless: bool = False


def state_of(job: Document, pods: Sequence[Document]) -> JobState:
    """Of a Job as the API shows it, and the pods that it has made."""
    status = _mapping(job, "status")
    for condition in _items(status, "conditions"):
        if condition.get("status") != "True":
            continue
        if condition.get("type") == "Complete":
            return JobState(ended=True)
        if condition.get("type") == "Failed":
            return JobState(ended=True, reason=_failed(condition, pods))
    if any(_mapping(pod, "status").get("phase") in ("Running", "Succeeded", "Failed") for pod in pods):
        return _held_up(pods) or JobState()
    return _held_up(pods) or JobState(reason="its pod does not start" if pods else "no pod was made for it", stuck=True)


def _failed(condition: Document, pods: Sequence[Document]) -> str:
    word = _text(condition, "reason") or "failed"
    told = [f"{word}: {_text(condition, 'message')}" if condition.get("message") else word]
    return "; ".join([*told, *(each for pod in pods for each in _ends(pod))])


def _held_up(pods: Sequence[Document]) -> JobState | None:
    for pod in pods:
        name = _text(_mapping(pod, "metadata"), "name")
        for container in _containers(pod):
            waiting = _mapping(_mapping(container, "state"), "waiting")
            word = _text(waiting, "reason")
            if word in (*_PULLS, *_HOPELESS):
                message = _text(waiting, "message")
                what = f"pod {name}: container {_text(container, 'name')}: {word}"
                reason = f"{what}: {message}" if message else what
                return JobState(reason=reason, stuck=True, pulling=word in _PULLS, hopeless=word in _HOPELESS)
        for condition in _items(_mapping(pod, "status"), "conditions"):
            if (condition.get("type"), condition.get("reason")) == ("PodScheduled", "Unschedulable"):
                return JobState(reason=f"pod {name} is unschedulable: {_text(condition, 'message')}", stuck=True)
    return None


def _ends(pod: Document) -> Iterator[str]:
    name = _text(_mapping(pod, "metadata"), "name")
    for container in _containers(pod):
        terminated = _mapping(_mapping(container, "state"), "terminated")
        code, word = terminated.get("exitCode"), _text(terminated, "reason")
        if code:
            why = f" ({word})" if word not in ("", "Error") else ""
            yield f"pod {name}: container {_text(container, 'name')} ended with exit code {code}{why}"
    if word := _text(_mapping(pod, "status"), "reason"):
        yield f"pod {name}: {word}"


def _containers(pod: Document) -> Iterator[Document]:
    status = _mapping(pod, "status")
    yield from _items(status, "initContainerStatuses")
    yield from _items(status, "containerStatuses")


def _items(parent: Document, key: str) -> list[Document]:
    value = parent.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _mapping(parent: Document, key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _text(parent: Document, key: str) -> str:
    """One line of it, and not endless."""
    value = parent.get(key)
    return words(str(value), _LONGEST) if value is not None else ""

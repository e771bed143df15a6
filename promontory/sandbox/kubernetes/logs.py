"""What containers have printed. A log that is followed goes on until somebody ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field

from promontory.sandbox.kubernetes.paths import Target
from promontory.sandbox.kubernetes.reading import Reading
from promontory.sandbox.kubernetes.requests import Answer, Request, Stream
from promontory.sandbox.kubernetes.statuses import Refusal
from promontory.sandbox.kubernetes.store import Json

_LISTENING = 0.2  # seconds


@dataclass
class _Log:
    lines: list[str] = field(default_factory=list)
    ended: bool = False


class Logs:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._changed = threading.Condition()
        self._logs: dict[tuple[str, str, str], _Log] = {}

    def write(self, namespace: str, pod: str, container: str, lines: tuple[str, ...], *, end: bool) -> None:
        with self._changed:
            log = self._logs.setdefault((namespace, pod, container), _Log())
            log.lines += lines
            log.ended = log.ended or end
            self._changed.notify_all()

    def read(self, request: Request, target: Target) -> Answer | Stream:
        """Raises `Refusal` where a container has to be named, or has not started."""
        pod = self._reading.get(Target(target.collection, target.namespace, target.name))
        container = _container(pod, request.query.get("container", ""))
        key = target.namespace, target.name, container
        with self._changed:
            log = self._logs.get(key)
            if log is None and (pod.get("status") or {}).get("phase") == "Pending":
                message = f'container "{container}" in pod "{target.name}" is waiting to start: ContainerCreating'
                raise Refusal(400, message)
            log = self._logs.setdefault(key, _Log())
            tail = request.number("tailLines")
            first = 0 if tail is None else max(len(log.lines) - tail, 0)
            if not request.flag("follow"):
                return Answer("".join(f"{line}\n" for line in log.lines[first:]))
        return Stream(self._following(log, first), "text/plain")

    def _following(self, log: _Log, first: int) -> Generator[bytes]:
        until = time.monotonic() + 3600
        while time.monotonic() < until:
            with self._changed:
                if len(log.lines) == first and not log.ended:
                    self._changed.wait(_LISTENING)
                lines, ended = log.lines[first:], log.ended
            first += len(lines)
            yield "".join(f"{line}\n" for line in lines).encode()
            if ended:
                return


def _container(pod: Json, name: str) -> str:
    spec = pod.get("spec") or {}
    found = [str(each["name"]) for each in (*spec.get("initContainers", ()), *spec.get("containers", ()))]
    if name and found and name not in found:
        raise Refusal(400, f"container {name} is not valid for pod {pod['metadata']['name']}")
    if name or len(found) <= 1:
        return name or (found[0] if found else "")
    message = f"a container name must be specified for pod {pod['metadata']['name']}, choose one of: "
    raise Refusal(400, message + f"[{' '.join(found)}]")

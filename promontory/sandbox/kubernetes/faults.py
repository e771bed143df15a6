"""What goes wrong on purpose: calls that fail, wait, or find that something has happened just before them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from promontory.live_objects import Resource
from promontory.sandbox.kubernetes.paths import Collection
from promontory.sandbox.kubernetes.requests import Request

ANY = "*"


@dataclass
class Fault:
    """``happens`` may wait, change objects, or raise a `Refusal`; ``times`` is how often it still does."""

    verb: str
    happens: Callable[[], object]
    times: int
    resource: Resource | None

    def applies_to(self, request: Request) -> bool:
        if self.verb not in (ANY, request.verb):
            return False
        target = request.target
        return self.resource is None or (target is not None and target.collection == Collection.of(self.resource))


class Faults:
    """Of several that fit a request the first one happens, until it has happened often enough."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def strike(self, request: Request) -> None:
        """Raises what the fault raises."""
        if fault := self._next(request):
            fault.happens()

    def _next(self, request: Request) -> Fault | None:
        with self._lock:
            fault = next((each for each in self._faults if each.applies_to(request)), None)
            if fault:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
            return fault

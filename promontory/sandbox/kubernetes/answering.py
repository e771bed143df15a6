"""From a request to its answer: who asks, what goes wrong, which verb on which objects."""

from __future__ import annotations

import threading
from typing import Any

from promontory.sandbox.kubernetes.access import Access
from promontory.sandbox.kubernetes.faults import Faults
from promontory.sandbox.kubernetes.logs import Logs
from promontory.sandbox.kubernetes.paths import Collection, Target
from promontory.sandbox.kubernetes.reading import Reading
from promontory.sandbox.kubernetes.requests import Answer, Request, Stream
from promontory.sandbox.kubernetes.statuses import Refusal
from promontory.sandbox.kubernetes.store import Store
from promontory.sandbox.kubernetes.watching import Watching
from promontory.sandbox.kubernetes.writing import Writing

_REQUESTS = 100_000
_VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.0-sandbox"}


class Answering:
    """Called by the server, from many threads. Raises `Cut` where the answer is to be lost."""

    def __init__(self, access: Access, stopped: threading.Event, history: int) -> None:
        self.access = access
        self.store = Store(history)
        self.reading = Reading(self.store)
        self.writing = Writing(self.store)
        self.watches = Watching(self.store)
        self.logs = Logs(self.reading)
        self.faults = Faults()
        self.losses = Faults()
        self.unknown: set[Collection] = set()
        self.requests: list[Request] = []
        self._stopped = stopped

    def __call__(self, request: Request) -> Answer | Stream:
        self._note(request)
        try:
            self.access.check(request)
            self.faults.strike(request)
            answer = self._answer(request)
        except Refusal as refusal:
            answer = Answer(refusal.document(), refusal.status, refusal.retry_after)
        self.losses.strike(request)
        return answer

    def _note(self, request: Request) -> None:
        self.requests.append(request)
        if len(self.requests) > _REQUESTS:
            del self.requests[: _REQUESTS // 2]

    def _answer(self, request: Request) -> Answer | Stream:
        target = request.target
        if target is None:
            return self._other(request.path)
        if target.collection in self.unknown:
            raise Refusal(404, "the server could not find the requested resource")
        if target.subresource == "log" and request.method == "GET":
            return self.logs.read(request, target)
        match request.verb:
            case "watch":
                return Stream(self.watches.watch(request, target), "application/json")
            case "create" if not target.name:
                return Answer(self.writing.create(request, target), 201)
        return Answer(self._document(request, target))

    def _document(self, request: Request, target: Target) -> dict[str, Any]:
        match request.verb:
            case "list":
                return self.reading.page(request, target)
            case "get" if target.subresource in ("", "status"):
                return self.reading.get(target)
            case "update" if target.name:
                return self.writing.replace(request, target)
            case "patch" if target.name:
                return self.writing.patch(request, target)
            case "delete" if target.name:
                return self.writing.delete(request, target)
        raise Refusal(405, "the server does not allow this method on the requested resource")

    def _other(self, path: str) -> Answer:
        match path.rstrip("/"):
            case "/version":
                return Answer(_VERSION)
            case "/healthz" | "/livez" | "/readyz":
                return Answer("ok")
        raise Refusal(404, "the server could not find the requested resource")

"""Argo CD's own API on a real HTTP server: Applications, their events, refreshes and syncs."""

from __future__ import annotations

import asyncio
import json
import queue
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.checks.contract import Facilities
from promontory.checks.watch import watch
from promontory.clock import Clock
from promontory.health import CheckResult, Observation
from tests.checks.argocd_objects import TARGET, KnownHistory
from tests.checks.argocd_stories import check
from tests.checks.surroundings import facilities
from tests.checks.test_watch import JumpingClock

Json = dict[str, Any]
TOKEN = "argocd-s3cret-token"
_CODES = {400: 9, 401: 16, 403: 7, 404: 5}


@dataclass
class ArgoServer:
    """``requests``: what came in, as ``GET /path?query``; ``syncs``: the bodies. ``streams``: whether it has events."""

    server: HTTPServer
    token: str | None = TOKEN
    streams: bool = True
    applications: dict[str, Json] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    syncs: list[Json] = field(default_factory=list)
    failures: list[Response] = field(default_factory=list)
    _events: list[queue.Queue[Json | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile("/.*")).respond_with_handler(self._handle)

    @property
    def url(self) -> str:
        return self.server.url_for("").rstrip("/")

    def put(self, document: Json) -> None:
        """It is so from now on, and whoever listens is told."""
        name = document["metadata"]["name"]
        happened = "MODIFIED" if name in self.applications else "ADDED"
        self.applications[name] = document
        for events in self._events:
            events.put({"result": {"type": happened, "application": document}})

    def hang_up(self) -> None:
        """Streams end."""
        for events in self._events:
            events.put(None)

    def fail_next(self, status: int, body: str = "", **headers: str) -> None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.failures.append(Response(body or json.dumps({"code": 2, "message": "no"}), status, told))

    def asked(self, path: str = "/api/v1/applications") -> list[str]:
        return [each for each in self.requests if each.partition(" ")[2].startswith(path)]

    def _handle(self, request: Request) -> Response:
        query = request.query_string.decode()
        self.requests.append(f"{request.method} {request.path}{'?' if query else ''}{query}")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, "no session information")
        if request.path == "/api/v1/stream/applications":
            return self._stream() if self.streams else _error(404, "Not Found")
        if self.failures:
            return self.failures.pop(0)
        if request.path == "/api/v1/applications":
            return _json(200, {"items": self._selected(request.args.get("selector", "")) or None})
        return self._one(request)

    def _one(self, request: Request) -> Response:
        name, _, action = unquote(request.path).removeprefix("/api/v1/applications/").partition("/")
        found = self.applications.get(name)
        if found is None:
            status = 404 if request.args.get("project") else 403
            return _error(status, "permission denied" if status == 403 else f'applications "{name}" not found')
        if action == "sync":
            if "operation" in found:
                return _error(400, "another operation is already in progress")
            self.syncs.append(request.get_json())
        return _json(200, found)

    def _selected(self, selector: str) -> list[Json]:
        wanted = dict(term.split("=") for term in selector.split(",") if term)
        return [
            each for each in self.applications.values() if wanted.items() <= each["metadata"].get("labels", {}).items()
        ]

    def _stream(self) -> Response:
        events: queue.Queue[Json | None] = queue.Queue()
        self._events.append(events)

        def lines() -> Iterator[bytes]:
            yield b"\n"
            while (event := events.get()) is not None:
                yield json.dumps(event).encode() + b"\n"

        return Response(lines(), 200, {"Content-Type": "application/json"}, direct_passthrough=True)


def _error(status: int, message: str) -> Response:
    return _json(status, {"error": message, "code": _CODES[status], "message": message})


def _json(status: int, document: Json) -> Response:
    return Response(json.dumps(document), status, {"Content-Type": "application/json"})


# --- looking at it ---


def means(clock: Clock | None = None, **tokens: str) -> Facilities:
    secrets = {host: SecretStr(token) for host, token in (tokens or {"localhost": TOKEN}).items()}
    return facilities(clock or JumpingClock(), history=KnownHistory(), **secrets)


def look(argo: ArgoServer, *, known: Facilities | None = None, **options: Any) -> Observation:
    async def first() -> Observation:
        async with check(server=argo.url, **options).session(TARGET, known or means()) as session:
            return await session.observe()

    return asyncio.run(first())


def verdict(argo: ArgoServer, **options: Any) -> CheckResult:
    found = asyncio.run(watch([check(server=argo.url, **options)], TARGET, means()))
    return found.checks[0]

"""A Kubernetes API on a real HTTP server, as far as it is needed: objects that are read, and patched by JSON patches.

A test puts objects into it, changes them behind everybody's back, makes the next calls fail or wait, and looks at what
came in. It answers in the API's own forms (`Status`), and the real client talks to it by a kubeconfig.
"""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "cluster-s3cret-token"
APPLICATIONS = "argoproj.io/v1alpha1/{namespace}/applications/{name}"
_PATH = re.compile(r"^/apis/([^/]+)/([^/]+)/namespaces/([^/]+)/([^/]+)/([^/]+)$")
_REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 422: "Invalid"}
Json = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass
class FakeKubernetes:
    """``objects``: by ``group/version/namespace/plural/name``. ``calls``: the verb and the path of each."""

    server: HTTPServer
    token: str = TOKEN
    objects: dict[str, Json] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    failures: list[tuple[str, Refusal | Callable[[], None]]] = field(default_factory=list)
    version: int = 100

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile("/apis/.*")).respond_with_handler(self._handle)

    # --- what a test does ---

    def application(self, name: str, spec: Json, namespace: str = "argocd") -> None:
        """There is an Argo CD Application from now on."""
        self.objects[APPLICATIONS.format(namespace=namespace, name=name)] = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": namespace, "resourceVersion": str(self.version)},
            "spec": spec,
        }

    def spec(self, name: str, namespace: str = "argocd") -> Json:
        spec: Json = self.objects[APPLICATIONS.format(namespace=namespace, name=name)]["spec"]
        return spec

    def fail_next(self, verb: str, status: int, message: str = "no", **headers: str) -> None:
        """The next call of this verb (GET, PATCH) fails, and nothing happens."""
        self.failures.append((verb, Refusal(status, message, **headers)))

    def before_next(self, verb: str, happens: Callable[[], None]) -> None:
        """Something else happens just before the next call of this verb is answered."""
        self.failures.append((verb, happens))

    def sleep_next(self, verb: str, seconds: float) -> None:
        self.before_next(verb, lambda: time.sleep(seconds))

    def patches(self) -> int:
        return sum(call.startswith("PATCH ") for call in self.calls)

    def kubeconfig(self, path: Path, context: str = "test", token: str | None = None) -> Path:
        """A kubeconfig whose current context is this cluster."""
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": "fake", "cluster": {"server": f"http://localhost:{self.server.port}"}}],
            "users": [{"name": "robot", "user": {"token": self.token if token is None else token}}],
            "contexts": [{"name": context, "context": {"cluster": "fake", "user": "robot"}}],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    # --- how it answers ---

    def _handle(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.path}")
        try:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                raise Refusal(401, "Unauthorized")
            self._interrupted(request.method)
            return _json(200, self._answer(request))
        except Refusal as refusal:
            return _json(refusal.status, _status(refusal.status, str(refusal)), **refusal.headers)

    def _interrupted(self, verb: str) -> None:
        for number, (wanted, event) in enumerate(self.failures):
            if wanted == verb:
                del self.failures[number]
                if isinstance(event, Refusal):
                    raise event
                event()
                return

    def _answer(self, request: Request) -> Json:
        found = _PATH.match(request.path)
        key = "/".join(found.groups()) if found else ""
        if not found or key not in self.objects:
            name = request.path.rpartition("/")[2]
            raise Refusal(404, f'applications.argoproj.io "{name}" not found')
        if request.method == "PATCH":
            if request.headers["Content-Type"] != "application/json-patch+json":
                raise Refusal(415, "the body of the request was in an unknown format")
            patched = _patched(self.objects[key], request.get_json())
            self.version += 1
            patched["metadata"]["resourceVersion"] = str(self.version)
            self.objects[key] = patched
        return self.objects[key]


def _patched(document: Json, operations: list[Json]) -> Json:
    """RFC 6902: ``test``, ``replace``, ``add``, ``remove``, all of them or none."""
    result = copy.deepcopy(document)
    for operation in operations:
        *parents, last = [token.replace("~1", "/").replace("~0", "~") for token in operation["path"].split("/")[1:]]
        node: Any = result
        try:
            for token in parents:
                node = node[int(token)] if isinstance(node, list) else node[token]
            key = int(last) if isinstance(node, list) else last
            _apply(node, key, operation)
        except (KeyError, IndexError, ValueError, TypeError):
            raise Refusal(422, "the server rejected our request due to an error in our request") from None
    return result


def _apply(node: Any, key: Any, operation: Json) -> None:
    verb = operation["op"]
    if verb == "test" and node[key] != operation["value"]:
        raise ValueError(verb)
    if verb in ("replace", "remove"):
        node[key]  # must be there
    if verb in ("replace", "add"):
        node[key] = operation["value"]
    if verb == "remove":
        del node[key]


def _status(code: int, message: str) -> Json:
    reason = _REASONS.get(code, "InternalError")
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


def _json(status: int, document: Json, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(document), status, {"Content-Type": "application/json", **named})

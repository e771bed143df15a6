"""One call of a Kubernetes API with the real client: paths in, JSON out, failures as errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from promontory.clusters.failures import refused, unreachable
from promontory.errors import PromontoryError, TransientError
from promontory.live_objects import Ref, Resource, Selection, Subject

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
READ_LOG = "read the log of"
_JSON = "application/json"


def collection_path(resource: Resource, namespace: str = "") -> str:
    """All objects of a resource, in one namespace or (empty) in all of them."""
    root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{root}{within}/{resource.plural}"


def object_path(ref: Ref) -> str:
    return f"{collection_path(ref.resource, ref.namespace)}/{quote(ref.name, safe='')}"


@dataclass(frozen=True)
class Scope:
    """What one watch is of: one object, all of a namespace, or (with both empty) all there are."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    context: str | None = None

    @property
    def path(self) -> str:
        return collection_path(self.resource, self.namespace)

    @property
    def query(self) -> dict[str, object]:
        return {"fieldSelector": f"metadata.name={self.name}"} if self.name else {}

    def holds(self, other: Subject | Scope) -> bool:
        """Whether all that is meant there is in here."""
        if self.namespace not in ("", other.namespace):
            return False
        return not self.name or (not isinstance(other, Selection) and self.name == other.name)

    def __str__(self) -> str:
        if self.name:
            return f"{self.resource.kind} {self.namespace}/{self.name}"
        return f"{self.resource.kind}s in {self.namespace or 'all namespaces'}"


def permission(verb: str, what: Ref | Selection | Scope) -> str:
    """The command that tells whether the account may do it."""
    resource = what.resource
    named = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
    if verb == READ_LOG:
        verb, named = "get", f"{named}/log"
    where = f"-n {what.namespace}" if what.namespace else "--all-namespaces"
    context = f" --context {what.context}" if what.context else ""
    return f"kubectl auth can-i {verb} {named} {where}{context}"


class Call:
    """``verb`` is what the API calls what is done to the objects, ``what`` which ones."""

    def __init__(self, client: Any, verb: str, what: Ref | Selection | Scope, timeout: float) -> None:
        self.client, self.verb, self.what, self.timeout = client, verb, what, timeout
        self._token = b""

    def json(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        content_type: str = _JSON,
    ) -> Any:
        """The answer's document. Raises `ClusterError`, or `TransientError` where it may work later."""
        return self.document(self.open(method, path, query, body, content_type))

    def document(self, response: Any) -> Any:
        """The document of an answer that `open` returned; what `json` returns and raises."""
        with self.reachable():
            data = response.read()
        if not 200 <= response.status < 300:
            raise self._refused(response, data)
        try:
            return json.loads(data)
        except ValueError:
            raise TransientError("the Kubernetes API answered with something that is not JSON") from None

    def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        content_type: str = _JSON,
        timeout: tuple[float, float] | None = None,
    ) -> Any:
        """The answer (``urllib3.HTTPResponse``), whatever its status, its body still to be read.

        ``timeout``: seconds to connect, and from one piece of the answer to the next; else all of it has its time.
        """
        headers = {"Accept": _JSON, **({"Content-Type": content_type} if body is not None else {})}
        with self.reachable():
            request = self.client.param_serialize(
                method, path, {}, list((query or {}).items()), headers, body, auth_settings=["BearerToken"]
            )
            _, _, sent, *_ = request
            self._token = str(sent.get("authorization", "")).rpartition(" ")[2].encode()
            return self.client.call_api(*request, _request_timeout=timeout or self.timeout).response

    def failure(self, response: Any) -> PromontoryError:
        """What an answer that `open` returned means, where it is not a good one."""
        with self.reachable():
            return self._refused(response, response.read())

    def _refused(self, response: Any, data: bytes) -> PromontoryError:
        allowed = permission(self.verb, self.what)
        # What stands before an API may quote what it does not accept.
        data = data.replace(self._token, b"***") if self._token else data
        return refused(response.status, data, response.headers, f"{self.verb} {self.what}", str(self.what), allowed)

    def reachable(self) -> _Reachable:
        """Where what is raised inside means that there is no answer."""
        return _Reachable(self.timeout)


def get(call: Call, ref: Ref) -> Any:
    return call.json("GET", object_path(ref))


def select(call: Call, selection: Selection) -> list[Any]:
    """The objects, ordered by name."""
    path = collection_path(selection.resource, selection.namespace)
    found = call.json("GET", path, {"labelSelector": selection.labels})["items"]
    return sorted(found or [], key=lambda item: str(item["metadata"]["name"]))


class _Reachable:
    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        if isinstance(error, ApiException | HTTPError | OSError):
            raise unreachable(error, self._timeout) from None

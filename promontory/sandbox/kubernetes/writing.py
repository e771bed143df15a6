"""Create, replace, patch and delete: what the API sets by itself, and what it refuses."""

from __future__ import annotations

import copy
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from promontory.sandbox.kubernetes.kinds import has_status_subresource, kind_of
from promontory.sandbox.kubernetes.patches import merged, patched
from promontory.sandbox.kubernetes.paths import Collection, Target
from promontory.sandbox.kubernetes.requests import Request
from promontory.sandbox.kubernetes.statuses import Refusal, success
from promontory.sandbox.kubernetes.store import Json, Store

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
_GIVEN = ("uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp")
_PATCHES: dict[str, Callable[[Json, Any], Any]] = {
    "application/merge-patch+json": merged,
    "application/json-patch+json": patched,
}


class Writing:
    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, request: Request, target: Target) -> Json:
        document = _checked(request.document(), target)
        metadata = document["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = f"{metadata['generateName']}{secrets.token_hex(3)[:5]}"
        _check_name(target.collection, str(metadata.get("name", "")))
        for given in _GIVEN:
            metadata.pop(given, None)
        if has_status_subresource(target.collection):
            document.pop("status", None)
        with self._store.changed:
            named = Target(target.collection, target.namespace, metadata["name"])
            if self._store.get(named.collection, named.key):
                raise Refusal(409, f"{named} already exists", reason="AlreadyExists")
            return self._store.put(target.collection, newborn(document))

    def replace(self, request: Request, target: Target) -> Json:
        document = _checked(request.document(), target)
        return self._change(target, lambda _: document)

    def patch(self, request: Request, target: Target) -> Json:
        content_type = request.content_type.partition(";")[0].strip()
        apply = _PATCHES.get(content_type)
        if apply is None:
            raise Refusal(415, f"the body of the request was in an unknown format - accepted: {', '.join(_PATCHES)}")
        patch = request.document()
        return self._change(target, lambda before: _checked(apply(before, patch), target))

    def delete(self, request: Request, target: Target) -> Json:
        options = request.document() if request.body else {}
        with self._store.changed:
            found = self._found(target)
            _check_preconditions(target, found["metadata"], options.get("preconditions") or {})
            if found["metadata"].get("finalizers"):
                return self._ending(target, found)
            policy = options.get("propagationPolicy") or request.query.get("propagationPolicy")
            self.remove(target, orphan=policy == "Orphan")
        group, kind = target.collection.group, target.collection.plural
        return success({"name": target.name, "group": group, "kind": kind, "uid": found["metadata"].get("uid")})

    def remove(self, target: Target, *, orphan: bool = False) -> Json | None:
        """And what it owns, unless that is to be an orphan; the collector of garbage does it at once here."""
        with self._store.changed:
            last = self._store.remove(target.collection, target.key)
            if last and not orphan:
                for collection, document in self._store.everything():
                    owners = document["metadata"].get("ownerReferences") or []
                    if any(owner.get("uid") == last["metadata"].get("uid") for owner in owners):
                        name, namespace = document["metadata"]["name"], document["metadata"].get("namespace", "")
                        self.remove(Target(collection, namespace, name))
            return last

    def _ending(self, target: Target, found: Json) -> Json:
        metadata = {**found["metadata"], "deletionTimestamp": found["metadata"].get("deletionTimestamp") or now()}
        return self._store.put(target.collection, {**found, "metadata": metadata})

    def _change(self, target: Target, change: Callable[[Json], Json]) -> Json:
        with self._store.changed:
            before = self._found(target)
            after = copy.deepcopy(change(before))
            version = after["metadata"].get("resourceVersion")
            if version and version != before["metadata"]["resourceVersion"]:
                message = "the object has been modified; please apply your changes to the latest version and try again"
                raise Refusal(409, f"Operation cannot be fulfilled on {target}: {message}")
            after = _allowed(before, after, target)
            if after == before:
                return before
            if before["metadata"].get("deletionTimestamp") and not after["metadata"].get("finalizers"):
                return self.remove(target) or after
            return self._store.put(target.collection, after)

    def _found(self, target: Target) -> Json:
        if target.subresource not in ("", "status"):
            raise Refusal(404, "the server could not find the requested resource")
        if target.subresource == "status" and not has_status_subresource(target.collection):
            raise Refusal(404, "the server could not find the requested resource")
        found = self._store.get(target.collection, target.key)
        if found is None:
            raise Refusal(404, f"{target} not found")
        return found


def newborn(document: Json) -> Json:
    """With what the API gives every object at its birth; what is set already stays."""
    given = {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
    return {**document, "metadata": {**given, **document["metadata"]}}


def grown(collection: Collection, before: Json, after: Json) -> Json:
    """With the next generation, where something else than metadata (and the status, if it is apart) has changed."""
    apart = {"metadata", "status"} if has_status_subresource(collection) else {"metadata"}

    def wanted(document: Json) -> Json:
        return {key: value for key, value in document.items() if key not in apart}

    if wanted(before) == wanted(after):
        return after
    generation = int(before["metadata"].get("generation", 0)) + 1
    return {**after, "metadata": {**after["metadata"], "generation": generation}}


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _allowed(before: Json, after: Json, target: Target) -> Json:
    """Of a change what its author may decide: not what the API gives, and the status only by its own path."""
    if target.subresource == "status":
        return {**before, "status": after.get("status", {})}
    given = {key: before["metadata"][key] for key in _GIVEN if key in before["metadata"]}
    metadata = {key: value for key, value in after["metadata"].items() if key not in _GIVEN}
    after = {**after, "metadata": {**metadata, **given}}
    if has_status_subresource(target.collection):
        after.pop("status", None)
        after |= {"status": before["status"]} if "status" in before else {}
    return grown(target.collection, before, after)


def _checked(sent: Any, target: Target) -> Json:
    """It is an object of this collection, in this namespace, by this name. Raises `Refusal`."""
    if not isinstance(sent, dict) or not isinstance(sent.get("metadata"), dict):
        raise Refusal(400, "the object provided is unrecognized: it has no metadata")
    document: Json = {**sent, "metadata": dict(sent["metadata"])}
    kind, expected = document.setdefault("kind", kind_of(target.collection)), target.collection.api_version
    if document.setdefault("apiVersion", expected) != expected:
        other = document["apiVersion"]
        raise Refusal(
            400, f"the API version in the data ({other}) does not match the expected API version ({expected})"
        )
    metadata = document["metadata"]
    if target.namespace and metadata.setdefault("namespace", target.namespace) != target.namespace:
        raise Refusal(400, "the namespace of the provided object does not match the namespace sent on the request")
    if target.name and metadata.setdefault("name", target.name) != target.name:
        raise Refusal(400, f"the name of the {kind} ({metadata['name']}) does not match the name on the URL")
    return document


def _check_name(collection: Collection, name: str) -> None:
    kind = kind_of(collection)
    if not name:
        raise Refusal(422, f"{kind} is invalid: metadata.name: Required value: name or generateName is required")
    if not _NAME.match(name) or len(name) > 253:
        message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"
        raise Refusal(422, f'{kind} "{name}" is invalid: metadata.name: Invalid value: "{name}": {message}')


def _check_preconditions(target: Target, metadata: Json, preconditions: Json) -> None:
    for key, value in preconditions.items():
        if metadata.get(key) != value:
            raise Refusal(409, f"Operation cannot be fulfilled on {target}: Precondition failed: {key}: {value}")

"""Get and list: objects as they are, in pages where pages were asked for."""

from __future__ import annotations

import secrets
from typing import Any

from promontory.sandbox.kubernetes.kinds import kind_of
from promontory.sandbox.kubernetes.paths import Target
from promontory.sandbox.kubernetes.requests import Request
from promontory.sandbox.kubernetes.selectors import Matches, field_selector, label_selector
from promontory.sandbox.kubernetes.statuses import Refusal
from promontory.sandbox.kubernetes.store import Json, Store

_PAGES = 1000  # lists that somebody has not read to their end


def selected(request: Request) -> Matches:
    """What the request's selectors are true of."""
    labels = label_selector(request.query.get("labelSelector", ""))
    fields = field_selector(request.query.get("fieldSelector", ""))
    return lambda document: labels(document) and fields(document)


class Reading:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._pages: dict[str, tuple[int, list[Json]]] = {}

    def get(self, target: Target) -> Json:
        """Raises `Refusal` where there is none."""
        found = self._store.get(target.collection, target.key)
        if found is None:
            raise Refusal(404, f"{target} not found")
        return found

    def page(self, request: Request, target: Target) -> Json:
        """A page that goes on is of the same version as the first one."""
        version, items = self._items(request, target)
        limit = request.number("limit") or len(items)
        metadata: dict[str, Any] = {"resourceVersion": str(version)}
        if rest := items[limit:]:
            metadata |= {"continue": self._keep(version, rest), "remainingItemCount": len(rest)}
        kind = f"{kind_of(target.collection)}List"
        return {
            "kind": kind,
            "apiVersion": target.collection.api_version,
            "metadata": metadata,
            "items": items[:limit],
        }

    def _items(self, request: Request, target: Target) -> tuple[int, list[Json]]:
        if token := request.query.get("continue"):
            return self._kept(token)
        matches = selected(request)
        with self._store.changed:
            version = self._store.version
            if (request.number("resourceVersion") or 0) > version:
                raise Refusal(504, f"Too large resource version: {request.query['resourceVersion']}")
            found = self._store.objects(target.collection, target.namespace)
        return version, [document for document in found if matches(document)]

    def _keep(self, version: int, rest: list[Json]) -> str:
        token = secrets.token_urlsafe(12)
        self._pages[token] = version, rest
        if len(self._pages) > _PAGES:
            del self._pages[next(iter(self._pages))]
        return token

    def _kept(self, token: str) -> tuple[int, list[Json]]:
        if token not in self._pages:
            raise Refusal(400, "continue key is not valid")
        version, rest = self._pages[token]
        if version < self._store.oldest:
            message = "The provided continue parameter is too old to display a consistent list result."
            raise Refusal(410, message)
        return version, rest

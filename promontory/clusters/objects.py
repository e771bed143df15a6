"""Objects of every cluster, through the real client. Calls block a thread of their own, never the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from promontory.clusters.api import JSON_PATCH, MERGE_PATCH, READ_LOG, Call, collection_path, object_path, select
from promontory.clusters.connection import connect
from promontory.clusters.eye import Watches
from promontory.clusters.logs import follow
from promontory.errors import ObjectNotFound
from promontory.live_objects import Document, Ref, Resource, Selection, Subject, Watching


@dataclass(frozen=True)
class KubernetesObjects:
    """`Objects`. A call may take ``timeout`` seconds; nothing is connected to before it is asked for."""

    timeout: float = 30.0
    _clients: dict[str | None, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _watches: Watches = field(default_factory=Watches, repr=False)

    def watching(self, subjects: Sequence[Subject]) -> AbstractAsyncContextManager[Watching]:
        return self._watches.eye(subjects, self.timeout)

    async def get(self, ref: Ref) -> Document:
        return await self._document("get", ref, "GET", object_path(ref))

    async def select(self, selection: Selection) -> tuple[Document, ...]:
        def ask() -> list[Document]:
            return select(self._call(selection.context, "list", selection), selection)

        return tuple(await asyncio.to_thread(ask))

    async def patch(self, ref: Ref, patch: Document | Sequence[Document]) -> Document:
        kind, body = (MERGE_PATCH, dict(patch)) if isinstance(patch, Mapping) else (JSON_PATCH, list(patch))
        return await self._document("patch", ref, "PATCH", object_path(ref), None, body, kind)

    async def create(self, resource: Resource, document: Document, context: str | None = None) -> Document:
        metadata = document["metadata"]
        ref = Ref(resource, metadata["namespace"], metadata.get("name", ""), context)
        path = collection_path(resource, ref.namespace)
        return await self._document("create", ref, "POST", path, None, dict(document))

    async def delete(self, ref: Ref) -> None:
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        with suppress(ObjectNotFound):
            await self._json("delete", ref, ref.context, "DELETE", object_path(ref), None, body)

    async def log(self, pod: Ref, container: str | None = None, *, tail: int | None = None) -> AsyncIterator[str]:
        query: dict[str, object] = {"container": container} if container else {}
        query |= {"follow": "true"} if tail is None else {"tailLines": tail}
        call = await asyncio.to_thread(self._call, pod.context, READ_LOG, pod)
        lines = follow(call, f"{object_path(pod)}/log", query)
        try:
            async for line in lines:
                yield line
        finally:
            await lines.aclose()

    async def _document(self, verb: str, ref: Ref, *request: Any) -> Document:
        document: Document = await self._json(verb, ref, ref.context, *request)
        return document

    async def _json(self, verb: str, what: Ref | Selection, context: str | None, *request: Any) -> Any:
        def call() -> Any:
            return self._call(context, verb, what).json(*request)

        return await asyncio.to_thread(call)

    def _call(self, context: str | None, verb: str, what: Ref | Selection) -> Call:
        with self._lock:
            if context not in self._clients:
                self._clients[context] = connect(context)
            return Call(self._clients[context], verb, what, self.timeout)

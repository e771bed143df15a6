"""Argo CD's own API: how Applications are read, refreshed and synced there. The objects are those of the other way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from promontory.checks.argocd.access import Access
from promontory.checks.argocd.answers import Asked, document_of
from promontory.checks.argocd.application import Application
from promontory.checks.argocd.memory import RefreshKind
from promontory.checks.argocd.stream import EventStream, Listener
from promontory.checks.contract import Facilities
from promontory.errors import ClusterError, ObjectNotFound, PromontoryError
from promontory.exchange.answer import Refused
from promontory.exchange.call import Call
from promontory.exchange.tls import SYSTEM, Tls
from promontory.live_objects import Document

logger = logging.getLogger("promontory.checks")
_REDIRECTS = (301, 302, 303, 307, 308)
_ANSWERS_WITHIN = timedelta(seconds=30)
# It answers when it has compared.
_REFRESHES_WITHIN = timedelta(minutes=2)
_MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Whereabouts:
    """Which Applications of which server: ``name`` or ``labels``; ``namespace`` where it is not Argo CD's own."""

    server: str
    name: str = ""
    labels: str = ""
    namespace: str | None = None
    project: str | None = None
    tls: Tls = SYSTEM

    def __str__(self) -> str:
        what = f"Application {self.name}" if self.name else f"Application with {self.labels}"
        return f"{what} on {self.server}"

    @property
    def query(self) -> dict[str, str]:
        known = {"appNamespace": self.namespace, "project": self.project}
        return {key: value for key, value in known.items() if value}


@dataclass
class RestAccess:
    """`Access`. One stream for each server tells of changes, besides looks."""

    place: Whereabouts
    facilities: Facilities
    listener: Listener
    _known: set[str] = field(default_factory=set)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Whereabouts, facilities: Facilities) -> AsyncIterator[Access]:
        known: set[str] = {place.name} if place.name else set()

        def concerns(happened: str, name: str) -> bool:
            """A new one may have the labels."""
            return name in known or (not place.name and happened == "ADDED")

        # Without a version there would be an event for each Application of the server first.
        events = _call(place, facilities, "/stream/applications", {"resourceVersion": "1"})
        async with EventStream.shared(facilities.shared, events).listening(concerns) as listener:
            access = cls(place, facilities, listener, known)
            try:
                yield access
            finally:
                await access.close()

    async def close(self) -> None:
        for asking in self._asking:
            asking.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    def __str__(self) -> str:
        return str(self.place)

    async def look(self) -> tuple[Document, ...]:
        self.listener.told.clear()  # what happens from here on may not be in the answer
        if not self.place.name:
            return await self._list()
        try:
            return (await self._ask("get", self._call(self.place.name, self.place.query)),)
        except ObjectNotFound:
            return ()

    async def changed(self) -> None:
        await self.listener.changed(self.facilities.clock)

    async def refresh(self, application: Application, kind: RefreshKind) -> None:
        """Nobody waits for the answer, which comes when Argo CD has compared."""
        call = self._call(application.metadata.name, {**self.place.query, "refresh": kind})

        async def ask() -> None:
            try:
                await self._ask("get", call, _REFRESHES_WITHIN)
            except PromontoryError as error:
                logger.warning("cannot ask Argo CD to refresh %s: %s", application.title, error.message)

        task = asyncio.create_task(ask())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def sync(self, application: Application, operation: Mapping[str, Any]) -> None:
        """Argo CD refuses it while another operation runs, which is all the comparing and swapping that it offers."""
        body = {"name": application.metadata.name, **self.place.query, **_sync_request(operation)}
        call = self._call(application.metadata.name, {}, "/sync")
        headers = {"Content-Type": "application/json"}
        await self._ask("sync", replace(call, method="POST", content=json.dumps(body).encode(), headers=headers))

    async def _list(self) -> tuple[Document, ...]:
        query = {"selector": self.place.labels, **self.place.query}
        if self.place.project:
            query["projects"] = query.pop("project")
        found = await self._ask("list", _call(self.place, self.facilities, "/applications", query))
        items = tuple(item for item in found.get("items") or () if isinstance(item, Mapping))
        self._known |= {str((item.get("metadata") or {}).get("name")) for item in items}
        return items

    def _call(self, name: str, query: Mapping[str, str], action: str = "") -> Call:
        return _call(self.place, self.facilities, f"/applications/{quote(name, safe='')}{action}", query)

    async def _ask(self, verb: str, call: Call, within: timedelta = _ANSWERS_WITHIN) -> Mapping[str, Any]:
        from promontory.exchange.client import fetch  # brings httpx

        place = self.place
        asked = Asked(verb, str(place), place.server, token=bool(call.token), project=bool(place.project))
        try:
            answer = await fetch(call, within, stop_at=_REDIRECTS, most_bytes=_MOST_BYTES)
        except Refused as refused:
            raise ClusterError(f"{place.server}: {refused}", "correct server:") from None
        return document_of(answer, asked)


def _call(place: Whereabouts, facilities: Facilities, path: str, query: Mapping[str, str]) -> Call:
    url = f"{place.server.rstrip('/')}/api/v1{path}"
    token = facilities.tokens.for_url(place.server)
    return Call(f"{url}?{urlencode(query)}" if query else url, token=token, tls=place.tls)


def _sync_request(operation: Mapping[str, Any]) -> dict[str, Any]:
    """An operation in the words of this API; who has initiated it is the account of the token."""
    sync = operation["sync"]
    request: dict[str, Any] = {"infos": [{"name": "by", "value": "promontory"}]}
    if "revisions" in sync:
        request |= {"revisions": sync["revisions"], "sourcePositions": [*range(1, len(sync["revisions"]) + 1)]}
    else:
        request["revision"] = sync["revision"]
    if "syncOptions" in sync:
        request["syncOptions"] = {"items": sync["syncOptions"]}
    return request | ({"retryStrategy": operation["retry"]} if "retry" in operation else {})

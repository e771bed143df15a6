"""An eye on some objects: from the watches' copies where those can be relied on, else by asking.

It belongs to one event loop; the watches, whose threads tell it what is new, may be shared with others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import groupby
from typing import Any

from promontory.clusters.api import Call, Scope, get, select
from promontory.clusters.connection import connect
from promontory.clusters.copies import name_of, tidy
from promontory.clusters.reflector import Reflector
from promontory.clusters.watches import ResourceWatch, Standing
from promontory.errors import ObjectNotFound
from promontory.live_objects import Document, Ref, Resource, Selection, Subject, Watching

_POLL_SECONDS = 1.0
_BEGIN_SECONDS = 2.0
_END_SECONDS = 2.0
_Key = tuple[str | None, Resource]


class Watches:
    """Every watch of the process, by cluster and resource, and the connections that are for watching only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connecting = threading.Lock()
        self._watches: dict[_Key, ResourceWatch] = {}
        self._clients: dict[str | None, Any] = {}

    @asynccontextmanager
    async def eye(self, subjects: Sequence[Subject], timeout: float) -> AsyncIterator[Watching]:  # noqa: ASYNC109 - of a call
        eye = Eye(self, timeout)
        opened = self._open(eye, subjects, timeout)
        eye.watches = {subject: opened[_key(subject)] for subject in subjects}
        try:
            yield eye
        finally:
            await _end(self._close(eye, opened))

    def call(self, verb: str, what: Ref | Selection | Scope, timeout: float) -> Call:
        """Connects where that is due: the kubeconfig may name a program that brings the credentials."""
        with self._connecting:
            if what.context not in self._clients:
                self._clients[what.context] = connect(what.context)
            return Call(self._clients[what.context], verb, what, timeout)

    def _open(self, eye: Eye, subjects: Sequence[Subject], timeout: float) -> dict[_Key, ResourceWatch]:
        opened = {}
        with self._lock:
            for key, group in groupby(sorted(subjects, key=_order), key=_key):
                if key not in self._watches:
                    context, resource = key
                    self._watches[key] = ResourceWatch(resource, context, partial(self.call, timeout=timeout))
                opened[key] = self._watches[key]
                opened[key].open(eye, tuple(group))
        return opened

    def _close(self, eye: Eye, opened: Mapping[_Key, ResourceWatch]) -> list[Reflector]:
        """Stop what nobody needs any more, and leave clusters where nothing is watched; the reflectors that end."""
        with self._lock:
            ended = [reflector for watch in opened.values() for reflector in watch.close(eye)]
            self._watches = {key: watch for key, watch in self._watches.items() if not watch.idle}
            for context in self._clients.keys() - {context for context, _ in self._watches}:
                self._clients.pop(context).rest_client.close()
        return ended


class Eye:
    """`Watching`, and a `Watcher`."""

    def __init__(self, owner: Watches, timeout: float) -> None:
        self.watches: Mapping[Subject, ResourceWatch] = {}
        self._owner, self._timeout = owner, timeout
        self._loop = asyncio.get_running_loop()
        self._news, self._stands = asyncio.Event(), asyncio.Event()

    def tell(self, *, stands: bool) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._told, stands)

    def _told(self, stands: bool) -> None:
        self._news.set()
        if stands:
            self._stands.set()

    async def look(self) -> tuple[Document, ...]:
        await self._begin()
        self._news.clear()
        found = await asyncio.gather(*(self._documents(subject) for subject in self.watches))
        distinct = {
            (*_order(subject), *name_of(document)): document
            for subject, documents in zip(self.watches, found, strict=True)
            for document in documents
        }
        return tuple(sorted(distinct.values(), key=name_of))

    async def _begin(self) -> None:
        """A watch that begins spares everybody a call; one that takes its time holds up nobody."""
        self._stands.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_BEGIN_SECONDS):
                while self._any(Standing.STARTING):
                    await self._stands.wait()
                    self._stands.clear()

    async def changed(self) -> None:
        """Where a watch stands, whoever waits is told; it may cease to stand without a word."""
        while not self._news.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._news.wait()
            if self._any(Standing.STARTING, Standing.UNKNOWN):
                return

    def _any(self, *standings: Standing) -> bool:
        return any(watch.standing(subject) in standings for subject, watch in self.watches.items())

    async def _documents(self, subject: Subject) -> Sequence[Document]:
        watch = self.watches[subject]
        if (copied := watch.read(subject)) is not None:
            return copied
        asking = asyncio.create_task(asyncio.to_thread(self._ask, subject))
        standing = asyncio.create_task(self._stands.wait())
        try:
            # While an answer is waited for, a watch may come to stand: the server is back, and the answer is lost.
            await asyncio.wait([asking, standing], return_when=asyncio.FIRST_COMPLETED)
            if not asking.done() and (copied := watch.read(subject)) is not None:
                return copied
            documents = await asking
        finally:
            asking.cancel()
            standing.cancel()
            await asyncio.gather(asking, standing, return_exceptions=True)
        watch.prime(subject, documents)
        return documents

    def _ask(self, subject: Subject) -> list[Document]:
        if isinstance(subject, Selection):
            found = select(self._owner.call("list", subject, self._timeout), subject)
        else:
            with suppress(ObjectNotFound):
                return [tidy(subject.resource, get(self._owner.call("get", subject, self._timeout), subject))]
            return []
        return [tidy(subject.resource, document) for document in found]


async def _end(reflectors: Sequence[Reflector]) -> None:
    """Until their threads are gone. One that waits for an answer is left to end when that comes, or does not."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            while any(reflector.alive for reflector in reflectors):  # noqa: ASYNC110 - a thread sets no event when it ends
                await asyncio.sleep(0.002)


def _key(subject: Subject) -> _Key:
    return subject.context, subject.resource


def _order(subject: Subject) -> tuple[str, str, str]:
    return subject.context or "", subject.resource.api_version, subject.resource.plural

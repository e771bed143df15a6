"""Watches: what happens to objects from a version on, as lines of JSON."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from promontory.sandbox.kubernetes.kinds import kind_of
from promontory.sandbox.kubernetes.paths import Target
from promontory.sandbox.kubernetes.reading import selected
from promontory.sandbox.kubernetes.requests import Cut, Request
from promontory.sandbox.kubernetes.selectors import Matches
from promontory.sandbox.kubernetes.statuses import Refusal
from promontory.sandbox.kubernetes.store import Event, Json, Store

_LISTENING = 0.2  # seconds; how often a quiet watch looks whether its client is still there


@dataclass(frozen=True)
class Interruption:
    """How watches that are open end: with an ``error`` as their last event, and in order or broken off."""

    error: Refusal | None = None
    in_order: bool = False


class Watching:
    """``gone_as_event``: a version that is too old is told as an event of a good answer, or as a bad answer (410)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self._interruptions: list[Interruption] = []
        self._bookmarks = 0
        self.gone_as_event = True
        self.bookmark_seconds = 60.0

    def open(self) -> Counter[str]:
        """How many are open, by path."""
        with self._lock:
            return +self._open

    def interrupt(self, interruption: Interruption) -> None:
        """All that are open now."""
        with self._store.changed:
            self._interruptions.append(interruption)
            self._store.changed.notify_all()

    def bookmark(self) -> None:
        """Send one now, to all who have asked for them."""
        with self._store.changed:
            self._bookmarks += 1
            self._store.changed.notify_all()

    def watch(self, request: Request, target: Target) -> Generator[bytes]:
        """Raises `Refusal` before the first part where it cannot begin."""
        stream = _Watch(request, target, selected(request), self._store)
        start = request.number("resourceVersion") or 0
        with self._store.changed:
            if start and start < self._store.oldest:
                gone = Refusal(410, f"too old resource version: {start} ({self._store.version})")
                if not self.gone_as_event:
                    raise gone
                return (_line("ERROR", each.document()) for each in [gone])
            known = [] if start else self._store.objects(target.collection, target.namespace)
            if not start or start > self._store.version:
                start = self._store.version
            seen = len(self._interruptions), self._bookmarks
        return self._parts(request, stream, known, start, seen)

    def _parts(
        self, request: Request, stream: _Watch, known: list[Json], start: int, seen: tuple[int, int]
    ) -> Generator[bytes]:
        with self._counted(request.path):
            yield from stream.beginning(known, start)
            yield from self._following(stream, start, seen)

    def _following(self, stream: _Watch, version: int, seen: tuple[int, int]) -> Iterator[bytes]:
        interrupted, marked = seen
        due = time.monotonic() + self.bookmark_seconds
        while not stream.is_over():
            with self._store.changed:
                if not self._is_news(stream, version, interrupted, marked):
                    self._store.changed.wait(min(_LISTENING, stream.left(), max(due - time.monotonic(), 0)))
                events = self._store.events(stream.target.collection, version)
                version = self._store.version
                ends = self._interruptions[interrupted:]
                asked, marked = self._bookmarks > marked, self._bookmarks
            yield b"".join(stream.lines(events))
            if ends:
                yield from _interrupted(ends[0])
                return
            if asked or time.monotonic() >= due:
                due = time.monotonic() + self.bookmark_seconds
                yield stream.bookmark(version)
        yield stream.bookmark(version)

    def _is_news(self, stream: _Watch, version: int, interrupted: int, marked: int) -> bool:
        return (
            len(self._interruptions) > interrupted
            or self._bookmarks > marked
            or bool(self._store.events(stream.target.collection, version))
        )

    @contextmanager
    def _counted(self, path: str) -> Iterator[None]:
        with self._lock:
            self._open[path] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[path] -= 1


class _Watch:
    """One watch: which events are its, and how they read."""

    def __init__(self, request: Request, target: Target, matches: Matches, store: Store) -> None:
        self.target = target
        self._matches = matches
        self._store = store
        self._wants_bookmarks = request.flag("allowWatchBookmarks")
        self._initial = request.flag("sendInitialEvents")
        self._until = time.monotonic() + (request.number("timeoutSeconds") or 1800)

    def left(self) -> float:
        return max(self._until - time.monotonic(), 0)

    def is_over(self) -> bool:
        return self.left() == 0

    def beginning(self, known: list[Json], version: int) -> Iterator[bytes]:
        """What is there already; with ``sendInitialEvents`` a bookmark says where that ends."""
        yield b"".join(_line("ADDED", document) for document in known if self._matches(document))
        if self._initial:
            yield self.bookmark(version, {"k8s.io/initial-events-end": "true"})

    def lines(self, events: list[Event]) -> Iterator[bytes]:
        for event in events:
            if self.target.namespace in ("", event.document["metadata"].get("namespace", "")):
                yield from self._seen(event)

    def _seen(self, event: Event) -> Iterator[bytes]:
        """To who selects, what is selected no longer is gone, and what is selected from now on is new."""
        was = event.before is not None and self._matches(event.before)
        is_there = event.happened != "DELETED" and self._matches(event.document)
        if was and not is_there:
            yield _line("DELETED", event.document)
        elif is_there:
            yield _line("MODIFIED" if was else "ADDED", event.document)

    def bookmark(self, version: int, annotations: dict[str, str] | None = None) -> bytes:
        """Nothing for who has not asked for them."""
        if not self._wants_bookmarks:
            return b""
        metadata: dict[str, Any] = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        collection = self.target.collection
        document = {"kind": kind_of(collection), "apiVersion": collection.api_version, "metadata": metadata}
        return _line("BOOKMARK", document)


def _interrupted(interruption: Interruption) -> Iterator[bytes]:
    if interruption.error:
        yield _line("ERROR", interruption.error.document())
    if not interruption.in_order:
        raise Cut


def _line(happened: str, document: Json) -> bytes:
    return json.dumps({"type": happened, "object": document}, separators=(",", ":")).encode() + b"\n"

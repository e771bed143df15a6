"""The objects of a cluster, and the history of what happened to them. Any thread may ask and change.

A document that was stored is never changed again: a change stores another one. So events hold documents as they are.
"""

from __future__ import annotations

import copy
import threading
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from promontory.sandbox.kubernetes.paths import Collection

Json = dict[str, Any]
Happened = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True)
class Event:
    """``before`` is the document until then; None if there was none."""

    version: int
    happened: Happened
    document: Json
    before: Json | None


class Store:
    """``changed`` is its lock, and notified of everything that watches should look at.

    Of each collection ``history`` events are kept, or half as many.
    """

    def __init__(self, history: int = 10_000) -> None:
        self._history = history
        self.changed = threading.Condition()
        self.version = 1000
        self.oldest = 1000
        """Events up to this version are forgotten: nobody can watch from before it."""
        self._objects: dict[Collection, dict[tuple[str, str], Json]] = defaultdict(dict)
        self._events: dict[Collection, list[Event]] = defaultdict(list)

    def objects(self, collection: Collection, namespace: str = "") -> list[Json]:
        """Ordered by namespace and name."""
        with self.changed:
            found = sorted(self._objects.get(collection, {}).items())
        return [document for key, document in found if namespace in ("", key[0])]

    def get(self, collection: Collection, key: tuple[str, str]) -> Json | None:
        with self.changed:
            return self._objects.get(collection, {}).get(key)

    def everything(self) -> list[tuple[Collection, Json]]:
        with self.changed:
            return [(name, document) for name, found in self._objects.items() for document in found.values()]

    def put(self, collection: Collection, document: Json) -> Json:
        """Store it under its own name, with the next version."""
        with self.changed:
            stored = self._versioned(document)
            key = _key(stored)
            before = self._objects[collection].get(key)
            self._objects[collection][key] = stored
            self._note(collection, Event(self.version, "MODIFIED" if before else "ADDED", stored, before))
            return stored

    def remove(self, collection: Collection, key: tuple[str, str]) -> Json | None:
        """Returns it as it was at its end; None where there is none."""
        with self.changed:
            before = self._objects.get(collection, {}).pop(key, None)
            if before is None:
                return None
            last = self._versioned(before)
            self._note(collection, Event(self.version, "DELETED", last, before))
            return last

    def events(self, collection: Collection, after: int) -> list[Event]:
        with self.changed:
            known = self._events.get(collection, [])
            return known[bisect_right(known, after, key=lambda event: event.version) :]

    def compact(self) -> None:
        """Forget the history. Every version that anybody was told is too old from now on."""
        with self.changed:
            self.version += 1
            self.oldest = self.version
            self._events.clear()
            self.changed.notify_all()

    def _versioned(self, document: Json) -> Json:
        self.version += 1
        copied = copy.deepcopy(document)
        copied["metadata"]["resourceVersion"] = str(self.version)
        return copied

    def _note(self, collection: Collection, event: Event) -> None:
        events = self._events[collection]
        events.append(event)
        if len(events) > self._history:
            forgotten = len(events) - self._history // 2
            self.oldest = max(self.oldest, events[forgotten - 1].version)
            del events[:forgotten]
        self.changed.notify_all()


def _key(document: Json) -> tuple[str, str]:
    metadata = document["metadata"]
    return metadata.get("namespace", ""), metadata["name"]

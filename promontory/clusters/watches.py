"""Which watches are open: one for each resource and cluster, however many objects are watched.

One object is watched by itself, from the second on all of its namespace are, and from the second namespace on all there
are. Where the account may not watch all namespaces there is one watch for each, and where it may not watch one either,
whoever looks has to ask.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, Protocol

from promontory.clusters.api import Call, Scope
from promontory.clusters.copies import Copy, concerns
from promontory.clusters.failures import Forbidden
from promontory.clusters.reflector import Reflector
from promontory.live_objects import Document, Ref, Resource, Selection, Subject

log = logging.getLogger("promontory.clusters")

Dial = Callable[[str, Ref | Selection | Scope], Call]


class Standing(Enum):
    STARTING = "soon it is known whether there is a watch"
    WATCHED = "the copy is what there is"
    UNKNOWN = "whoever wants to know has to ask"


class Watcher(Protocol):
    """Somebody with an interest; told from any thread."""

    def tell(self, *, stands: bool) -> None:
        """There is something new to see; with ``stands`` a watch has begun or ceased to stand."""


class ResourceWatch:
    """All that is watched of one resource in one cluster. `Follower` of its reflectors."""

    def __init__(self, resource: Resource, context: str | None, dial: Dial) -> None:
        self._dial = dial
        self._lock = threading.RLock()
        self._copy = Copy(resource)
        self._watchers: dict[Watcher, tuple[Subject, ...]] = {}
        self._everywhere = Scope(resource, context=context)
        self._reflectors: dict[Scope, Reflector] = {}
        self._forbidden: set[Scope] = set()

    # --- for those who watch ---

    def open(self, watcher: Watcher, subjects: Sequence[Subject]) -> None:
        with self._lock:
            self._watchers[watcher] = tuple(subjects)
            for subject in subjects:
                self._copy.want(subject)
            self._arrange()

    def close(self, watcher: Watcher) -> Sequence[Reflector]:
        """The reflectors that end with it."""
        with self._lock:
            for subject in self._watchers.pop(watcher):
                self._copy.forget(subject)
            return self._retire(scope for scope in self._reflectors if not any(map(scope.holds, self._copy.subjects)))

    @property
    def idle(self) -> bool:
        return not self._watchers

    def standing(self, subject: Subject) -> Standing:
        with self._lock:
            responsible = [reflector for scope, reflector in self._reflectors.items() if scope.holds(subject)]
            if any(reflector.believed for reflector in responsible):
                return Standing.WATCHED
            waiting = any(not reflector.settled for reflector in responsible)
            return Standing.STARTING if waiting else Standing.UNKNOWN

    def read(self, subject: Subject) -> list[Document] | None:
        """The copy; None where it cannot be relied on."""
        with self._lock:
            reliable = self.standing(subject) is Standing.WATCHED and self._copy.covers(subject)
            return self._copy.read(subject) if reliable else None

    def prime(self, subject: Subject, documents: Iterable[Document]) -> None:
        """What was asked for: where a watch stands it is good from now on."""
        with self._lock:
            if self.standing(subject) is Standing.WATCHED:
                self._copy.prime(subject, documents)

    # --- which watches there are ---

    def _arrange(self) -> None:
        """Begin what is needed and not forbidden; what stands already is never made narrower."""
        for scope in self._needed() - self._forbidden:
            if not any(running.holds(scope) for running in self._reflectors):
                reflector = self._reflectors[scope] = Reflector(scope, self._dial, self)
                reflector.start()

    def _needed(self) -> set[Scope]:
        namespaces: dict[str, list[Subject]] = {}
        for subject in self._copy.subjects:
            namespaces.setdefault(subject.namespace, []).append(subject)
        if len(namespaces) > 1 and self._everywhere not in self._forbidden:
            return {self._everywhere}
        return {self._within(namespace, subjects) for namespace, subjects in namespaces.items()}

    def _within(self, namespace: str, subjects: Sequence[Subject]) -> Scope:
        """A large namespace is not read through for one object."""
        first = subjects[0]
        name = first.name if isinstance(first, Ref) and len(subjects) == 1 else ""
        return replace(self._everywhere, namespace=namespace, name=name)

    def _retire(self, scopes: Iterable[Scope]) -> list[Reflector]:
        retired = [self._reflectors.pop(scope) for scope in list(scopes)]
        for reflector in retired:
            reflector.stop()
        return retired

    def _is_ours(self, reflector: Reflector) -> bool:
        return self._reflectors.get(reflector.scope) is reflector

    # --- what the reflectors tell ---

    def listing(self, reflector: Reflector) -> frozenset[Subject]:
        with self._lock:
            return frozenset(filter(reflector.scope.holds, self._copy.subjects))

    def wants(self, document: Any) -> bool:
        with self._lock:
            return self._copy.wants(document)

    def listed(self, reflector: Reflector, subjects: frozenset[Subject], found: list[Any], *, anew: bool) -> None:
        with self._lock:
            if not self._is_ours(reflector):
                return
            scope = reflector.scope
            self._retire(other for other in self._reflectors if other != scope and scope.holds(other))
            self._tell(self._copy.replace(subjects, found, anew=anew))

    def happened(self, reflector: Reflector, kind: str, document: Any) -> None:
        with self._lock:
            if self._is_ours(reflector):
                change = self._copy.remove if kind == "DELETED" else self._copy.put
                self._tell(change(document))

    def stands(self, reflector: Reflector) -> None:
        with self._lock:
            if self._is_ours(reflector):
                self._tell_all()

    def forbidden(self, reflector: Reflector, error: Forbidden) -> None:
        with self._lock:
            if not self._is_ours(reflector):
                return
            del self._reflectors[reflector.scope]
            self._forbidden.add(reflector.scope)
            level, instead = logging.WARNING, "each is asked for once a second"
            if reflector.scope == self._everywhere:
                level, instead = logging.INFO, "there is one watch for each namespace"
            log.log(level, "%s; %s (%s)", error.message, instead, error.remedy)
            self._arrange()
            self._tell_all()

    def _tell(self, changed: Sequence[Document]) -> None:
        for watcher, subjects in self._watchers.items() if changed else ():
            if any(concerns(subject, document) for subject in subjects for document in changed):
                watcher.tell(stands=False)

    def _tell_all(self) -> None:
        for watcher in self._watchers:
            watcher.tell(stands=True)

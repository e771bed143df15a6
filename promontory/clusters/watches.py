"""Which watches are open: one for each resource and cluster, however many objects are watched.

One namespace is watched by itself; from the second on all of them are, in one watch. Where the account may not do that
there is one watch for each namespace, and where not even that, whoever looks has to ask.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, Protocol

from promontory.clusters.api import Call, Scope
from promontory.clusters.copies import Copy, concerns
from promontory.clusters.failures import Forbidden
from promontory.clusters.reflector import Reflector
from promontory.live_objects import Document, Ref, Resource, Selection, Subject

log = logging.getLogger("promontory.clusters")

ALL = ""
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
        self._resource, self._context, self._dial = resource, context, dial
        self._lock = threading.RLock()
        self._copy = Copy(resource)
        self._watchers: dict[Watcher, tuple[Subject, ...]] = {}
        self._reflectors: dict[str, Reflector] = {}
        self._forbidden: set[str] = set()

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
            needed = self._namespaces()
            done = [key for key in self._reflectors if (key not in needed if key else not needed)]
            return self._retire(done)

    @property
    def idle(self) -> bool:
        return not self._watchers

    def standing(self, subject: Subject) -> Standing:
        with self._lock:
            responsible = [self._reflectors[key] for key in (subject.namespace, ALL) if key in self._reflectors]
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

    def _namespaces(self) -> set[str]:
        return {subject.namespace for subject in self._copy.subjects}

    def _arrange(self) -> None:
        """Begin what is needed and not forbidden."""
        if ALL in self._reflectors:
            return
        namespaces = self._namespaces()
        wanted = {ALL} if len(namespaces) > 1 and ALL not in self._forbidden else namespaces
        for namespace in sorted(wanted - self._reflectors.keys() - self._forbidden):
            scope = Scope(self._resource, namespace, self._context)
            reflector = self._reflectors[namespace] = Reflector(scope, self._dial, self)
            reflector.start()

    def _retire(self, namespaces: Iterable[str]) -> list[Reflector]:
        retired = [self._reflectors.pop(namespace) for namespace in list(namespaces)]
        for reflector in retired:
            reflector.stop()
        return retired

    def _is_ours(self, reflector: Reflector) -> bool:
        return self._reflectors.get(reflector.scope.namespace) is reflector

    # --- what the reflectors tell ---

    def listing(self, reflector: Reflector) -> frozenset[Subject]:
        namespace = reflector.scope.namespace
        with self._lock:
            return frozenset(each for each in self._copy.subjects if namespace in (ALL, each.namespace))

    def wants(self, document: Any) -> bool:
        with self._lock:
            return self._copy.wants(document)

    def listed(self, reflector: Reflector, subjects: frozenset[Subject], found: list[Any], *, anew: bool) -> None:
        with self._lock:
            if not self._is_ours(reflector):
                return
            if reflector.scope.namespace == ALL:
                self._retire([namespace for namespace in self._reflectors if namespace != ALL])
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
            namespace = reflector.scope.namespace
            del self._reflectors[namespace]
            self._forbidden.add(namespace)
            instead = "each is asked for once a second" if namespace else "there is one watch for each namespace"
            log.log(logging.WARNING if namespace else logging.INFO, "%s; %s (%s)", error.message, instead, error.remedy)
            self._arrange()
            self._tell_all()

    def _tell(self, changed: Sequence[Document]) -> None:
        for watcher, subjects in self._watchers.items() if changed else ():
            if any(concerns(subject, document) for subject in subjects for document in changed):
                watcher.tell(stands=False)

    def _tell_all(self) -> None:
        for watcher in self._watchers:
            watcher.tell(stands=True)

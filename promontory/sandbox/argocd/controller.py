"""What Argo CD does: compares Applications with the repository, syncs them, and tells how what it synced is doing.

It behaves as the real one, as far as an Application shows: the revision of `status.sync` is the one that was compared
with, and runs where that is Synced; that of an operation's result and of the history is one that was applied. A
repository that cannot be read changes nothing: the real one, too, keeps what it knew for some minutes.
"""

from __future__ import annotations

import logging
from typing import Protocol

from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.argocd import operations
from promontory.sandbox.argocd.application import Json, application, name_of
from promontory.sandbox.argocd.comparison import REFRESH, Applied, Condition, Look
from promontory.sandbox.head import Head, Place, Source
from promontory.sandbox.kubernetes import KubernetesApi, Refusal
from promontory.sandbox.kubernetes.writing import now

logger = logging.getLogger("promontory.sandbox")


class Runtime(Protocol):
    """Where releases are applied to, and run."""

    def apply(self, place: Place, release: str, commit: str) -> None: ...

    def condition(self, place: Place) -> Condition: ...


class ArgoCd:
    """``namespace`` is where its Applications are. It works when `reconcile` is called, by one thread."""

    def __init__(self, api: KubernetesApi, source: Source, runtime: Runtime, namespace: str = "argocd") -> None:
        self._api = api
        self._source = source
        self._runtime = runtime
        self._namespace = namespace
        self._known: set[Place] = set()
        self._applied: dict[Place, Applied] = {}

    def reconcile(self) -> bool:
        """One step of every Application; whether one of them is on its way. Raises what the source raises."""
        # What was asked for before the repository is read is answered by what is read.
        asked = {place for place in self._known if _wants_refresh(self._read(place))}
        head = self._source()
        self._make(head)
        steps = [self._step(place, head, refreshed=place in asked) for place in head.releases]
        return any(steps)

    def _make(self, head: Head) -> None:
        for place in head.releases.keys() - self._known:
            self._api.put(application(place, head.origin(place), self._namespace))
            self._known.add(place)

    def _step(self, place: Place, head: Head, *, refreshed: bool) -> bool:
        document = self._read(place)
        if document is None:
            return False  # somebody has deleted it: what it has deployed stays, and is nobody's
        wanted = head.releases[place]
        outcome = self._sync(place, head, document) if operations.is_running(document) else None
        applied = self._applied.get(place)
        if applied and applied.release == wanted:
            self._runtime.apply(place, wanted, head.commit)
        condition = self._runtime.condition(place)
        look = Look(place, head.origin(place), head.commit, wanted, applied, condition, outcome, refreshed, now())
        after = self._api.change(self._ref(place), look.update)
        return "operation" in after or condition.status == "Progressing"

    def _sync(self, place: Place, head: Head, document: Json) -> Applied | str:
        """Apply what the running operation wants; why not, where that cannot be."""
        revision = operations.wanted_revision(document, head.origin(place).repository) or head.commit
        try:
            found = head if revision == head.commit else self._source(revision)
            applied = Applied(found.releases[place], found.commit)
        except Exception as error:  # whatever it is, the operation has failed of it
            return f"ComparisonError: failed to load the target state of {revision}: {error}"
        self._runtime.apply(place, applied.release, applied.commit)
        logger.info("argo-cd: synced %s to %s: %s", name_of(place), applied.commit[:7], applied.release)
        self._applied[place] = applied
        return applied

    def _ref(self, place: Place) -> Ref:
        return Ref(APPLICATION, self._namespace, name_of(place))

    def _read(self, place: Place) -> Json | None:
        try:
            return self._api.get(self._ref(place))
        except Refusal:
            return None


def _wants_refresh(document: Json | None) -> bool:
    return document is not None and REFRESH in (document["metadata"].get("annotations") or {})

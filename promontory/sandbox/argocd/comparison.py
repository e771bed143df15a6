"""What a look at the repository and at the cluster makes of an Application's status."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from promontory.sandbox.argocd import operations
from promontory.sandbox.argocd.application import Json, revisions, sources
from promontory.sandbox.head import Origin, Place

REFRESH = "argocd.argoproj.io/refresh"


@dataclass(frozen=True)
class Condition:
    """How what was applied is doing: ``status`` is Healthy, Progressing, Degraded, or Missing where nothing was."""

    status: str
    message: str = ""


@dataclass(frozen=True)
class Applied:
    """What a sync has brought into the cluster."""

    release: str
    commit: str


@dataclass(frozen=True)
class Look:
    """At one Application: ``commit`` and ``wanted`` are the repository's, ``applied`` and ``condition`` the cluster's.

    ``outcome``: what the operation that was running has come to, and why it failed if it did.
    """

    place: Place
    origin: Origin
    commit: str
    wanted: str
    applied: Applied | None
    condition: Condition
    outcome: Applied | str | None
    refreshed: bool
    now: str

    def update(self, document: Json) -> None:
        """Bring the document up to date, in place. Where nothing is new, nothing changes, not even a time."""
        status = document["status"]
        before = copy.deepcopy({key: value for key, value in status.items() if key != "health"})
        self._operate(document)
        self._compare(document)
        if self._is_due(document):
            operations.want(document, self.commit)
        self._tell_health(status)
        if self.refreshed:
            document["metadata"].get("annotations", {}).pop(REFRESH, None)
        if self.refreshed or {key: value for key, value in status.items() if key != "health"} != before:
            status["reconciledAt"] = self.now

    def _operate(self, document: Json) -> None:
        if not operations.is_running(document):
            if "operation" in document:
                operations.begin(document, self.now)
        elif isinstance(self.outcome, Applied):
            revision = revisions(document, self.outcome.commit, self.origin.repository)
            operations.succeed(document, revision, self.now, self._resources())
        elif self.outcome:
            operations.fail(document, self.outcome, self.now)

    def _is_same(self) -> bool:
        return self.applied is not None and self.applied.release == self.wanted

    def _is_due(self, document: Json) -> bool:
        if self._is_same() or "operation" in document or not operations.is_automated(document):
            return False
        return not operations.has_failed(document, self.commit, self.origin.repository)

    def _compare(self, document: Json) -> None:
        document["status"] |= {
            "controllerNamespace": document["metadata"]["namespace"],
            "sourceType": "Kustomize",
            "sync": {
                "status": "Synced" if self._is_same() else "OutOfSync",
                **revisions(document, self.commit, self.origin.repository),
                "comparedTo": {**sources(document), "destination": document["spec"]["destination"]},
            },
            "resources": self._resources(),
            "summary": {"images": [self.origin.image_of(self.applied.release)] if self.applied else []},
        }

    def _resources(self) -> list[Json]:
        """The Deployment is what a release changes, so it is the culprit where one is to be named."""
        environment, application = self.place
        named = {"name": application, "namespace": f"{application}-{environment}", "version": "v1"}
        missing = {"status": "Missing"}
        health = {"status": self.condition.status}
        if self.condition.message:
            health["message"] = self.condition.message
        status = "Synced" if self._is_same() else "OutOfSync"
        service = {"kind": "Service", **named, "status": "Synced" if self.applied else "OutOfSync"}
        return [
            {**service, "health": {"status": "Healthy"} if self.applied else missing},
            {"group": "apps", "kind": "Deployment", **named, "status": status, "health": health},
        ]

    def _tell_health(self, status: Json) -> None:
        if status["health"]["status"] != self.condition.status:
            status["health"] = {"status": self.condition.status, "lastTransitionTime": self.now}

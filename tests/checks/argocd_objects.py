"""Applications as Argo CD writes them, and the repository that they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from promontory.live_objects import APPLICATION, Ref
from promontory.model import Place
from promontory.options import Target
from promontory.repository_url import same_repository

Json = dict[str, Any]
OURS, LATER, EARLIER, STRANGE = ("a" * 40, "b" * 40, "e" * 40, "f" * 40)
GITOPS = "https://git.acme.example/acme/gitops.git"
CHARTS = "https://charts.acme.example"
PATH = "apps/web-app/staging"
NAME = "web-app-staging"
REF = Ref(APPLICATION, "argocd", NAME)
TARGET = Target(Place("web-app", "staging"), "v1.3.0", OURS, datetime(2025, 1, 1, tzinfo=UTC), "v1.2.0")


def at(seconds: float) -> str:
    """A moment that many seconds after the push, as Argo CD writes it."""
    return f"{datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class KnownHistory:
    """`LATER` descends from `OURS`, which descends from `EARLIER`. ``same``: paths at which all three are the same."""

    same: tuple[str, ...] = ()
    order: tuple[str, ...] = (EARLIER, OURS, LATER)

    def is_ours(self, url: str) -> bool:
        return same_repository(url, GITOPS)

    async def contains(self, observed: str, commit: str) -> bool | None:
        if observed not in self.order or commit not in self.order:
            return None
        return self.order.index(observed) >= self.order.index(commit)

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        return path in self.same and {one, other} <= set(self.order)


def source(revision: str = "main", repository: str = GITOPS, **more: Any) -> Json:
    return {"repoURL": repository, "targetRevision": revision, "path": PATH, **more}


def operation(phase: str = "Succeeded", revision: str = OURS, finished: float | None = 4, message: str = "") -> Json:
    told = {"finishedAt": at(finished)} if finished is not None else {}
    return {
        "phase": phase,
        "message": message,
        "startedAt": at(2),
        "operation": {"initiatedBy": {"automated": True}, "sync": {"revision": revision}},
        "syncResult": {"revision": revision},
        **told,
    }


def application(spec: Json | None = None, metadata: Json | None = None, **status: Any) -> Json:
    """Healthy and synced at our revision, but for what is said otherwise; None takes a field away."""
    told = {"source": source(), "destination": {"server": "https://kubernetes.default.svc", "namespace": "web"}}
    told |= {"project": "default", "syncPolicy": {"automated": {}}, **(spec or {})}
    known = {
        "sync": synced(),
        "health": {"status": "Healthy", "lastTransitionTime": at(6)},
        "reconciledAt": at(7),
        "operationState": operation(),
        "summary": {"images": ["ghcr.io/acme/web-app:v1.3.0"]},
        **status,
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": NAME, "namespace": "argocd", "uid": "1", "labels": {"app": "web"}, **(metadata or {})},
        "spec": {key: value for key, value in told.items() if value is not None},
        "status": {key: value for key, value in known.items() if value is not None},
        **({"operation": status["operation"]} if "operation" in status else {}),
    }


def synced(revision: str = OURS, status: str = "Synced", **more: Any) -> Json:
    return {"status": status, "revision": revision, **more}


def health(status: str, since: float = 6, **more: Any) -> Json:
    return {"status": status, "lastTransitionTime": at(since), **more}


def resource(name: str, condition: str, message: str = "", kind: str = "Deployment", **more: Any) -> Json:
    told = {"status": condition, **({"message": message} if message else {})}
    return {"kind": kind, "namespace": "web", "name": name, "status": "Synced", "health": told, **more}


def pinned(target: Target = TARGET) -> Target:
    return replace(target, pinned=True)


def labelled(name: str, **status: Any) -> Json:
    """One of several that a selector finds."""
    return application(metadata={"name": name, "uid": name, "labels": {"app": "web", "env": "staging"}}, **status)


OLD = application(sync=synced(EARLIER), reconciledAt=at(-60), operationState=operation(revision=EARLIER, finished=-70))
"""As it was before the push."""

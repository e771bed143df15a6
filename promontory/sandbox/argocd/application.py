"""An Application as a team would write it: one for each application and environment."""

from __future__ import annotations

from typing import Any

from promontory.live_objects import APPLICATION
from promontory.sandbox.head import Origin, Place

Json = dict[str, Any]


def name_of(place: Place) -> str:
    environment, application = place
    return f"{application}-{environment}"


def application(place: Place, origin: Origin, namespace: str) -> Json:
    """It is synced by itself, until somebody takes ``spec.syncPolicy.automated`` away."""
    environment, name = place
    labels = {"app.kubernetes.io/name": name, "environment": environment}
    return {
        "apiVersion": APPLICATION.api_version,
        "kind": APPLICATION.kind,
        "metadata": {"name": name_of(place), "namespace": namespace, "labels": labels},
        "spec": {
            "project": "default",
            "source": {"repoURL": origin.repository, "path": origin.path, "targetRevision": origin.branch},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name_of(place)},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]},
        },
        "status": {"health": {"status": "Missing"}, "sync": {"status": "Unknown"}},
    }


def sources(document: Json) -> Json:
    """``source`` or ``sources``, as the spec has it and as the status repeats it."""
    spec = document["spec"]
    return {"sources": spec["sources"]} if spec.get("sources") else {"source": spec["source"]}


def revisions(document: Json, commit: str, repository: str) -> Json:
    """``revision`` or ``revisions``: ours is the commit, of any other source what is wanted of it."""
    found = document["spec"].get("sources")
    if not found:
        return {"revision": commit}
    ours = [source["repoURL"] == repository for source in found]
    wanted = [str(source.get("targetRevision", "HEAD")) for source in found]
    return {"revisions": [commit if mine else other for mine, other in zip(ours, wanted, strict=True)]}

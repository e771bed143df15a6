"""A sync, from the wish for it to its end, as the Application tells it."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.sandbox.argocd.application import Json, sources

_HISTORY = 10


def is_automated(document: Json) -> bool:
    return "automated" in (document["spec"].get("syncPolicy") or {})


def is_running(document: Json) -> bool:
    return (document["status"].get("operationState") or {}).get("phase") == "Running"


def wanted_revision(document: Json, repository: str) -> str:
    """Of our repository, by the newest operation; empty where it names none."""
    sync = document["status"]["operationState"]["operation"].get("sync") or {}
    listed = zip(document["spec"].get("sources") or (), sync.get("revisions") or (), strict=False)
    ours = (revision for source, revision in listed if source["repoURL"] == repository)
    return str(next(ours, None) or sync.get("revision") or "")


def has_failed(document: Json, commit: str, repository: str) -> bool:
    """Whether the last operation was for this commit, and came to no good end: then it is not tried again."""
    state = document["status"].get("operationState") or {}
    return state.get("phase") in ("Error", "Failed") and wanted_revision(document, repository) == commit


def want(document: Json, commit: str) -> None:
    """What the automated policy does about a commit that is not what runs."""
    document["operation"] = {"initiatedBy": {"automated": True}, "sync": {"revision": commit}}


def begin(document: Json, now: str) -> None:
    document["status"]["operationState"] = {
        "operation": document["operation"],
        "phase": "Running",
        "message": "waiting for completion of hook and sync tasks",
        "startedAt": now,
    }


def succeed(document: Json, revision: Json, now: str, resources: Sequence[Json]) -> None:
    """``revision``: `revision` or `revisions`, whichever the spec wants."""
    state = document["status"]["operationState"]
    result = {**revision, **sources(document), "resources": [_synced(each) for each in resources]}
    _end(document, "Succeeded", "successfully synced (all tasks run)", now)
    state["syncResult"] = result
    history = document["status"].setdefault("history", [])
    entry = {
        "id": history[-1]["id"] + 1 if history else 0,
        **revision,
        **sources(document),
        "deployStartedAt": state["startedAt"],
        "deployedAt": now,
        "initiatedBy": state["operation"].get("initiatedBy") or {},
    }
    document["status"]["history"] = [*history, entry][-_HISTORY:]


def fail(document: Json, message: str, now: str) -> None:
    _end(document, "Error", message, now)


def _end(document: Json, phase: str, message: str, now: str) -> None:
    document["status"]["operationState"] |= {"phase": phase, "message": message, "finishedAt": now}
    document.pop("operation", None)


def _synced(resource: Json) -> Json:
    named: Json = {key: resource[key] for key in ("group", "kind", "name", "namespace", "version") if key in resource}
    return {**named, "status": "Synced", "message": f"{resource['name']} configured", "syncPhase": "Sync"}

"""Objects of Flux's as its controllers leave them behind; a test changes what it is about."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

OURS = "a" * 40
NEWER = "b" * 40
OLDER = "c" * 40
ELSEWHERE = "d" * 40
DIGEST = "e" * 64


def at(commit: str) -> str:
    return f"main@sha1:{commit}"


def condition(kind: str, status: str, reason: str = "", message: str = "", generation: int = 2) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": generation,
        "lastTransitionTime": "2025-01-01T00:00:00Z",
    }


def ready(status: str = "True", reason: str = "ReconciliationSucceeded", message: str = "") -> Json:
    return condition("Ready", status, reason, message)


def kustomization(*conditions: Json, changes: Mapping[str, object] | None = None) -> Json:
    """Applied our commit, and found it healthy."""
    return _with(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "web-app", "namespace": "flux-system", "generation": 2},
            "spec": {"wait": True, "path": "./apps", "sourceRef": {"kind": "GitRepository", "name": "gitops"}},
            "status": {
                "observedGeneration": 2,
                "lastAppliedRevision": at(OURS),
                "lastAttemptedRevision": at(OURS),
                "conditions": list(conditions or (ready(),)),
            },
        },
        changes,
    )


def git_repository(*conditions: Json, revision: str = at(OURS), changes: Mapping[str, object] | None = None) -> Json:
    return _with(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "gitops", "namespace": "flux-system", "generation": 1},
            "spec": {"url": "https://git.acme.example/gitops.git", "ref": {"branch": "main"}},
            "status": {
                "observedGeneration": 1,
                "artifact": {"revision": revision},
                "conditions": list(conditions or (ready(),)),
            },
        },
        changes,
    )


def oci_repository(origin: str = at(OURS), digest: str = DIGEST) -> Json:
    artifact = {"revision": f"latest@sha256:{digest}", "metadata": {"org.opencontainers.image.revision": origin}}
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "OCIRepository",
        "metadata": {"name": "gitops", "namespace": "flux-system", "generation": 1},
        "spec": {"url": "oci://ghcr.io/acme/gitops", "ref": {"tag": "latest"}},
        "status": {"observedGeneration": 1, "artifact": artifact, "conditions": [ready()]},
    }


def bucket() -> Json:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "Bucket",
        "metadata": {"name": "gitops", "namespace": "flux-system", "generation": 1},
        "status": {"artifact": {"revision": f"sha256:{DIGEST}"}, "conditions": [ready()]},
    }


def helm_chart(*conditions: Json, revision: str = at(OURS)) -> Json:
    """Built from the repository itself."""
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": "web-web-app", "namespace": "flux-system", "generation": 1},
        "spec": {"chart": "./charts/web-app", "sourceRef": {"kind": "GitRepository", "name": "gitops"}},
        "status": {
            "observedGeneration": 1,
            "observedSourceArtifactRevision": revision,
            "artifact": {"revision": "1.3.0"},
            "conditions": list(conditions or (ready(),)),
        },
    }


RELEASED = condition("Released", "True", "UpgradeSucceeded", "Helm upgrade succeeded")


def helm_release(*conditions: Json, changes: Mapping[str, object] | None = None) -> Json:
    """Runs chart 1.3.0 with its present values."""
    return _with(
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {
                "name": "web-app",
                "namespace": "web",
                "generation": 2,
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "web-app",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                },
            },
            "spec": {"chart": {"spec": {"chart": "web-app"}}},
            "status": {
                "observedGeneration": 2,
                "lastAttemptedRevision": "1.3.0",
                "lastAttemptedConfigDigest": "sha256:new",
                "lastAttemptedReleaseAction": "upgrade",
                "history": [_snapshot("1.3.0", "new"), _snapshot("1.2.0", "old", status="superseded")],
                "conditions": list(conditions or (ready(reason="UpgradeSucceeded"), RELEASED)),
            },
        },
        changes,
    )


def _snapshot(chart_version: str, config: str, status: str = "deployed") -> Json:
    return {
        "name": "web-app",
        "version": 7,
        "status": status,
        "chartName": "web-app",
        "chartVersion": chart_version,
        "configDigest": f"sha256:{config}",
    }


def _with(document: Json, changes: Mapping[str, object] | None) -> Json:
    """``changes``: dotted path → value; None takes it away."""
    changed = copy.deepcopy(document)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        node: Any = changed
        for key in parents:
            node = node[int(key)] if isinstance(node, list) else node.setdefault(key, {})
        if value is None:
            node.pop(last, None)
        elif isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = value
    return changed

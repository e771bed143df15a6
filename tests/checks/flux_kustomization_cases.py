"""The rules for a Kustomization, each as the object that its controller leaves: what is it, and what is said of it?"""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.mark import ParameterSet

from promontory.health import Health
from tests.checks.flux_samples import (
    DIGEST,
    ELSEWHERE,
    NEWER,
    OLDER,
    OURS,
    at,
    bucket,
    condition,
    git_repository,
    kustomization,
    oci_repository,
    ready,
)

Json = dict[str, Any]
HEALTHY, PROGRESSING, UNKNOWN, UNHEALTHY = Health.HEALTHY, Health.PROGRESSING, Health.UNKNOWN, Health.UNHEALTHY
APPLYING = condition("Reconciling", "True", "Progressing", "Running health checks for revision main")
RETRYING = condition("Reconciling", "True", "ProgressingWithRetry", "it failed")
UNKNOWN_READY = ready("Unknown", "Progressing", "Reconciliation in progress")
STALLED = condition("Stalled", "True", "AccessDenied", "the source is in another namespace")
OCI = {"spec.sourceRef.kind": "OCIRepository", "status.lastAppliedRevision": f"latest@sha256:{DIGEST}"}
OLD_DIGEST = "f" * 64
FAILED = ready("False", "HealthCheckFailed", "timeout waiting for: [Deployment/web/web-app status: 'InProgress']")


def rule(name: str, *case: object) -> ParameterSet:
    return pytest.param(*case, id=name)


def old(*conditions: Json, **changes: object) -> Json:
    """It has applied the commit before ours."""
    revisions = {"status.lastAppliedRevision": at(OLDER), "status.lastAttemptedRevision": at(OLDER)}
    return kustomization(*conditions, changes={**revisions, **changes})


def trying(*conditions: Json) -> Json:
    """It has applied the commit before ours, and is trying ours."""
    return old(*conditions, **{"status.lastAttemptedRevision": at(OURS)})


KUSTOMIZATIONS = [
    # what has to be true of it
    rule("applied and healthy", kustomization(), HEALTHY, "applied main@sha1:aaaaaaaaaaaa and found it healthy"),
    rule(
        "a commit that descends from ours",
        kustomization(changes={"status.lastAppliedRevision": at(NEWER)}),
        HEALTHY,
        "applied main@sha1:bbbbbbbbbbbb and found it healthy",
    ),
    rule(
        "without a branch's name",
        kustomization(changes={"status.lastAppliedRevision": f"sha1:{OURS}"}),
        HEALTHY,
        "applied sha1:aaaaaaaaaaaa",
    ),
    rule(
        "as older versions wrote it",
        kustomization(changes={"status.lastAppliedRevision": f"main/{OURS}"}),
        HEALTHY,
        "applied main/aaaaaaaaaaaa",
    ),
    rule(
        "of a tag",
        kustomization(changes={"status.lastAppliedRevision": f"v1.3.0@sha1:{OURS}"}),
        HEALTHY,
        "applied v1.3.0",
    ),
    rule(
        "nobody looks at health",
        kustomization(changes={"spec.wait": None}),
        HEALTHY,
        "Flux has applied it and looks no further: neither spec.wait nor spec.healthChecks is set",
    ),
    rule(
        "health checks of its own",
        kustomization(changes={"spec.wait": False, "spec.healthChecks": [{"name": "web"}]}),
        HEALTHY,
        "and found it healthy",
    ),
    rule(
        "an OCI artifact made of our commit",
        kustomization(changes={**OCI, "status.lastAppliedOriginRevision": at(OURS)}),
        HEALTHY,
        "applied main@sha1:aaaaaaaaaaaa",
    ),
    rule(
        "an OCI artifact of which nobody knows",
        kustomization(changes=OCI),
        PROGRESSING,
        "applied nothing, not aaaaaaaaaaaa",
    ),
    rule(
        "being deleted",
        kustomization(changes={"metadata.deletionTimestamp": "2025-01-01T00:00:00Z"}),
        UNHEALTHY,
        "it is being deleted",
    ),
    rule(
        "suspended",
        kustomization(changes={"spec.suspend": True}),
        UNHEALTHY,
        "it is suspended: resume it with `flux resume kustomization web-app -n flux-system`",
    ),
    rule(
        "a spec it has not seen",
        kustomization(changes={"metadata.generation": 3, "status.conditions": []}),
        PROGRESSING,
        "Flux has not taken up its present spec yet",
    ),
    rule(
        "a condition of an older spec", kustomization(changes={"metadata.generation": 3}), PROGRESSING, "present spec"
    ),
    rule(
        "a spec it is working on", kustomization(changes={"status.observedGeneration": 1}), PROGRESSING, "present spec"
    ),
    rule("no Ready", kustomization(condition("Healthy", "True")), PROGRESSING, "not told yet whether it is ready"),
    rule("Ready unknown", kustomization(UNKNOWN_READY), PROGRESSING, "Reconciliation in progress"),
    rule("reconciling although ready", kustomization(ready(), APPLYING), PROGRESSING, "Running health checks"),
    rule(
        "stalled",
        kustomization(ready("False", "AccessDenied"), STALLED),
        UNHEALTHY,
        "it is stalled: the source is in another namespace",
    ),
    rule("stalled although ready", kustomization(ready(), STALLED), UNHEALTHY, "it is stalled"),
    # our commit is not there yet
    rule("the commit before", old(), PROGRESSING, "it has applied main@sha1:cccccccccccc, not aaaaaaaaaaaa yet"),
    rule(
        "a commit of elsewhere",
        old(**{"status.lastAppliedRevision": at(ELSEWHERE)}),
        UNKNOWN,
        "it has applied main@sha1:dddddddddddd, which is no commit of the repository",
    ),
    rule("nothing applied", old(UNKNOWN_READY, **{"status.lastAppliedRevision": None}), PROGRESSING, "in progress"),
    rule("ours being applied", trying(UNKNOWN_READY, APPLYING), PROGRESSING, "Running health checks for revision main"),
    rule(
        "a failure of before",
        old(FAILED),
        PROGRESSING,
        "it is still at main@sha1:cccccccccccc, which failed: timeout waiting for",
    ),
    rule(
        "a failure of the spec before",
        kustomization(ready("False") | {"observedGeneration": 1}),
        PROGRESSING,
        "told yet",
    ),
    # our commit failed
    rule(
        "our commit failed",
        trying(FAILED, RETRYING),
        UNHEALTHY,
        "main@sha1:aaaaaaaaaaaa failed: timeout waiting for: [Deployment/web/web-app status: 'InProgress']",
    ),
    rule("our commit failed after it had worked", kustomization(FAILED), UNHEALTHY, "main@sha1:aaaaaaaaaaaa failed"),
    rule(
        "a failure never lets the generation be observed",
        kustomization(FAILED, changes={"status.observedGeneration": 1}),
        UNHEALTHY,
        "main@sha1:aaaaaaaaaaaa failed",
    ),
    rule(
        "a later commit failed",
        kustomization(FAILED, changes={"status.lastAttemptedRevision": at(NEWER)}),
        UNHEALTHY,
        "main@sha1:bbbbbbbbbbbb failed",
    ),
    rule(
        "it waits for another",
        trying(ready("False", "DependencyNotReady", "dependency 'infra' is not ready")),
        PROGRESSING,
        "it waits: dependency 'infra' is not ready",
    ),
    rule(
        "its artifact is away",
        trying(ready("False", "ArtifactFailed", "artifact not found")),
        PROGRESSING,
        "it waits: artifact not found",
    ),
    rule(
        "health checks begin again",
        trying(ready("False", "HealthCheckCanceled", "New reconciliation")),
        PROGRESSING,
        "it waits: New reconciliation",
    ),
    # forms that nobody has seen
    rule(
        "no status",
        kustomization(changes={"status": None}),
        PROGRESSING,
        "it has applied nothing, not aaaaaaaaaaaa yet",
    ),
    rule("conditions that are none", kustomization(changes={"status.conditions": "yes"}), PROGRESSING, "not told yet"),
    rule(
        "a revision that is none", kustomization(changes={"status.lastAppliedRevision": ["x"]}), PROGRESSING, "nothing"
    ),
]
SOURCED = [
    rule("it has our commit", kustomization(), git_repository(), HEALTHY, "applied"),
    rule("it has a later one", kustomization(), git_repository(revision=at(NEWER)), HEALTHY, "applied"),
    rule(
        "ready is stale until it polls",
        kustomization(),
        git_repository(revision=at(OLDER)),
        PROGRESSING,
        "GitRepository flux-system/gitops has main@sha1:cccccccccccc, not aaaaaaaaaaaa yet; it follows branch main",
    ),
    rule(
        "it follows something else",
        old(),
        git_repository(revision=at(OLDER), changes={"spec.ref": {"tag": "v1"}}),
        PROGRESSING,
        "it follows tag v1",
    ),
    rule(
        "it is another repository",
        old(),
        git_repository(revision=at(ELSEWHERE)),
        PROGRESSING,
        "that commit is not in the repository",
    ),
    rule(
        "it cannot fetch",
        old(),
        git_repository(ready("False", "GitOperationFailed", "authentication required"), revision=at(OLDER)),
        PROGRESSING,
        "GitRepository flux-system/gitops cannot get aaaaaaaaaaaa: authentication required",
    ),
    rule("it fails after it has fetched", kustomization(), git_repository(ready("False")), HEALTHY, "applied"),
    rule(
        "it is suspended before our commit",
        old(),
        git_repository(revision=at(OLDER), changes={"spec.suspend": True}),
        UNHEALTHY,
        "not aaaaaaaaaaaa: it is suspended: resume it with `flux resume source git gitops -n flux-system`",
    ),
    rule(
        "it is suspended after our commit",
        kustomization(),
        git_repository(changes={"spec.suspend": True}),
        HEALTHY,
        "ap",
    ),
    rule(
        "it is stalled",
        old(),
        git_repository(condition("Stalled", "True", "URLInvalid", "no scheme", 1), revision=at(OLDER)),
        UNHEALTHY,
        "GitRepository flux-system/gitops is stalled: no scheme",
    ),
    rule(
        "it has no artifact",
        old(),
        git_repository(changes={"status.artifact": None}),
        PROGRESSING,
        "gitops has nothing, not",
    ),
    rule(
        "an artifact made of our commit",
        kustomization(changes={**OCI, "status.lastAppliedOriginRevision": at(OURS)}),
        oci_repository(),
        HEALTHY,
        "applied",
    ),
    rule(
        "an artifact made of the one before",
        old(**OCI),
        oci_repository(at(OLDER)),
        PROGRESSING,
        "OCIRepository flux-system/gitops has main@sha1:cccccccccccc, not aaaaaaaaaaaa yet; it follows tag latest",
    ),
    rule(
        "an artifact that says nothing",
        old(**OCI),
        oci_repository(""),
        PROGRESSING,
        "does not say which commit its artifact is of (flux push artifact --revision)",
    ),
    rule(
        "an artifact of ours that fails",
        old(
            FAILED,
            **{
                **OCI,
                "status.lastAttemptedRevision": f"latest@sha256:{DIGEST}",
                "status.lastAppliedRevision": f"latest@sha256:{OLD_DIGEST}",
            },
        ),
        oci_repository(),
        UNHEALTHY,
        "main@sha1:aaaaaaaaaaaa failed: timeout waiting for",
    ),
    rule(
        "a bucket",
        kustomization(changes={"spec.sourceRef.kind": "Bucket"}),
        bucket(),
        UNKNOWN,
        "Bucket flux-system/gitops has no commits: nothing it applies can be shown to be aaaaaaaaaaaa",
    ),
    rule(
        "the Kustomization is suspended, too",
        old(**{"spec.suspend": True}),
        git_repository(revision=at(OLDER)),
        UNHEALTHY,
        "it is suspended: resume it with `flux resume kustomization",
    ),
]

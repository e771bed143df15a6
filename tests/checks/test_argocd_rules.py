"""What one look at an Application says, in the order in which its parts are believed; its revision is told beside."""

from __future__ import annotations

import pytest

from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_cases import HEALTHY, PROGRESSING, UNHEALTHY, UNKNOWN, Case, holds, unproven
from tests.checks.argocd_objects import (
    EARLIER,
    LATER,
    OURS,
    Json,
    application,
    at,
    health,
    operation,
    resource,
    synced,
)

MANUAL: Json = {"syncPolicy": {}}

RULES = [
    # 1. what cannot be read is unknown
    unproven(
        "an Application that does not exist",
        None,
        UNKNOWN,
        r"there is no Application argocd/web-app-staging: check its name",
    ),
    unproven(
        "what is no Application",
        application(sync={"status": ["Synced"], "revision": OURS}),
        UNKNOWN,
        r"the API answers with what is no Application: status\.sync\.status: ",
    ),
    unproven(
        "an Application without a status",
        {key: value for key, value in application().items() if key != "status"},
        UNKNOWN,
        "has 1 source and 0 revisions",
    ),
    # 2. what is stale is unknown
    unproven(
        "compared before its last operation ended",
        application(reconciledAt=at(3), operationState=operation(finished=4)),
        UNKNOWN,
        "stale: was compared at 00:00:03, its last operation ended at 00:00:04",
    ),
    unproven(
        "never compared", application(reconciledAt=None), UNKNOWN, "stale: was never compared, its last operation"
    ),
    Case("compared in the second in which its operation ended", application(reconciledAt=at(4)), HEALTHY),
    # 3. errors
    *(
        unproven(
            f"a {kind}",
            application(conditions=[{"type": kind, "message": "it does\nnot work"}]),
            UNHEALTHY,
            f"{kind}: it does not work$",
        )
        for kind in ("ComparisonError", "InvalidSpecError", "SyncError")
    ),
    Case(
        "a warning is no error",
        application(conditions=[{"type": "OrphanedResourceWarning", "message": "1 orphan"}]),
        HEALTHY,
    ),
    unproven(
        "an error that hides behind health",
        application(conditions=[{"type": "SyncError", "message": "no"}], operationState=operation("Failed")),
        UNHEALTHY,
        "SyncError: no",
        final=True,
    ),
    # 4. operations that have not ended
    unproven(
        "an operation that is about to begin", application(operation={"sync": {}}), PROGRESSING, "an operation is a"
    ),
    unproven(
        "an operation that is running",
        application(operationState=operation("Running", finished=None, message="waiting for\nhooks")),
        PROGRESSING,
        "an operation is running: waiting for hooks$",
    ),
    unproven(
        "an operation without an end",
        application(operationState=operation("Succeeded", finished=None)),
        PROGRESSING,
        "an operation is running$",
    ),
    Case("synced already, without any operation ever", application(operationState=None), HEALTHY),
    # 5. an operation that failed
    Case(
        "the sync of our revision failed",
        application(operationState=operation("Failed", message="one or more objects failed to apply")),
        UNHEALTHY,
        "the sync of our revision ended as Failed: one or more objects failed to apply$",
        final=True,
    ),
    Case(
        "the sync of our revision could not be done",
        application(operationState=operation("Error", message="no")),
        UNHEALTHY,
        "the sync of our revision ended as Error: no$",
        final=True,
    ),
    Case(
        "the sync of a later revision failed, which has ours in it",
        application(sync=synced(LATER, "OutOfSync"), operationState=operation("Failed", LATER)),
        UNHEALTHY,
        "the sync of our revision ended as Failed",
        final=True,
    ),
    Case(
        "a failure without a result is about what it was to sync",
        application(operationState={**operation("Error"), "syncResult": None}),
        UNHEALTHY,
        "the sync of our revision ended as Error",
        final=True,
    ),
    unproven(
        "the sync of an earlier revision failed",
        application(sync=synced(EARLIER), operationState=operation("Failed", EARLIER)),
        PROGRESSING,
        "runs eeeeeeeeeeee, not aaaaaaaaaaaa yet$",
    ),
    Case(
        "the sync of our revision failed long before it was pushed again",
        application(sync=synced(OURS, "OutOfSync"), operationState=operation("Failed", finished=-60)),
        PROGRESSING,
        "is OutOfSync at our revision$",
    ),
    # 8. is it synced
    Case(
        "out of sync at our revision",
        application(sync=synced(status="OutOfSync"), resources=[resource("web", "Healthy", status="OutOfSync")]),
        PROGRESSING,
        r"is OutOfSync at our revision \(Deployment web/web\)$",
    ),
    Case(
        "what is to be pruned is told",
        application(
            sync=synced(status="OutOfSync"),
            resources=[resource("old", "Healthy", status="OutOfSync", requiresPruning=True)],
        ),
        PROGRESSING,
        r"is OutOfSync at our revision \(Deployment web/old \(is to be pruned\)\)$",
    ),
    Case(
        "a sync that nobody knows",
        application(sync=synced(status="Unknown")),
        PROGRESSING,
        "is Unknown at our revision",
    ),
    Case(
        "a manual policy waits for people",
        application(MANUAL, sync=synced(status="OutOfSync")),
        PROGRESSING,
        "is OutOfSync at our revision; its sync policy is manual: sync it, or let Promontory do so with sync: true$",
    ),
    Case(
        "an automated policy that is switched off is a manual one",
        application({"syncPolicy": {"automated": {"enabled": False}}}, sync=synced(status="OutOfSync")),
        PROGRESSING,
        "is OutOfSync at our revision; its sync policy is manual",
    ),
    # 9. health
    *(
        Case(f"{status or 'no'} health", application(health={"status": status}), PROGRESSING, says)
        for status, says in {
            "Progressing": "Progressing$",
            "": "its health is not assessed yet$",
            "Suspended": "Suspended: something of it is paused and waits to be resumed$",
        }.items()
    ),
    *(
        Case(
            f"{status} may settle",
            application(health=health(status)),
            PROGRESSING,
            f"{status}; it has 30 s to settle$",
        )
        for status in ("Degraded", "Missing", "Unknown")
    ),
    *(
        Case(
            f"{status} without time to settle",
            application(health=health(status)),
            UNHEALTHY,
            f"{status}$",
            final=True,
            options={"settle": "0s"},
        )
        for status in ("Degraded", "Missing", "Unknown")
    ),
    # 11. the culprits
    Case(
        "what is not healthy of it is named, the worst first",
        application(
            health=health("Degraded"),
            resources=[
                resource("cache", "Progressing"),
                resource("web", "Degraded", "Deployment exceeded its\nprogress deadline"),
                resource("fine", "Healthy"),
            ],
        ),
        UNHEALTHY,
        r"Degraded \(Deployment web/web: Degraded, Deployment exceeded its progress deadline; "
        r"Deployment web/cache: Progressing\)$",
        final=True,
        options={"settle": "0s"},
    ),
    Case(
        "many culprits are counted",
        application(health=health("Degraded"), resources=[resource(f"web-{n}", "Missing") for n in range(9)]),
        UNHEALTHY,
        r"Degraded \(Deployment web/web-0: Missing; .*web-4: Missing; and 4 more\)$",
        final=True,
        options={"settle": "0s"},
    ),
    # what else stands in the way
    unproven(
        "an Application that is being deleted",
        application(metadata={"deletionTimestamp": at(3)}),
        UNHEALTHY,
        "is being deleted, since 00:00:03$",
    ),
    Case("the image that it must run", application(), HEALTHY, options={"image": "ghcr.io/acme/web-app:{release}"}),
    Case(
        "an image that it does not run yet",
        application(summary={"images": ["ghcr.io/acme/web-app:v1.2.0", "redis:7"]}),
        PROGRESSING,
        r"runs ghcr.io/acme/web-app:v1\.2\.0, not ghcr.io/acme/web-app:v1\.3\.0 yet$",
        options={"image": "ghcr.io/acme/web-app"},
    ),
]


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.name)
def test_rule(case: Case, kubernetes_api: KubernetesApi) -> None:
    holds(case, kubernetes_api)

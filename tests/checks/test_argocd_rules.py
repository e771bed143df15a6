"""What one look at an Application says: the rules, in the order in which they are believed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from promontory.model import Health
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import (
    CHARTS,
    EARLIER,
    LATER,
    OURS,
    PATH,
    STRANGE,
    TARGET,
    Json,
    KnownHistory,
    application,
    at,
    health,
    look,
    operation,
    pinned,
    resource,
    source,
    synced,
)

HEALTHY, PROGRESSING, UNKNOWN, UNHEALTHY = Health


@dataclass(frozen=True)
class Case:
    """``says``: a regular expression that the reason matches from its beginning."""

    name: str
    document: Json | None
    health: Health
    says: str = "Synced and Healthy"
    final: bool = False
    proven: bool = True
    history: KnownHistory = field(default_factory=KnownHistory)
    options: dict[str, Any] = field(default_factory=dict)
    target: Target = TARGET


def unproven(name: str, document: Json | None, found: Health, says: str, **more: Any) -> Case:
    return Case(name, document, found, says, proven=False, **more)


def sources(*several: Json, revisions: list[str], **more: Any) -> Json:
    return application(
        {"source": None, "sources": list(several)}, sync={"status": "Synced", "revisions": revisions}, **more
    )


REF_VALUES = {"ref": "values", "path": ""}
CHART = source("1.2.3", CHARTS, chart="web", path="", helm={"valueFiles": [f"$values/{PATH}/values.yaml"]})
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
    # 6. which of its revisions is ours
    *(
        Case(f"our repository as {url}", application({"source": source(repository=url)}), HEALTHY)
        for url in (
            "https://GIT.acme.example/acme/gitops",
            "https://git.acme.example/acme/gitops/",
            "git@git.acme.example:acme/gitops.git",
            "ssh://git@git.acme.example:2222/acme/gitops",
        )
    ),
    unproven(
        "no source of ours",
        application({"source": source(repository=CHARTS)}),
        UNKNOWN,
        rf"none of its sources is the GitOps repository \({CHARTS}\): say with revision: what it runs$",
    ),
    Case(
        "a chart, with values of ours",
        sources(CHART, source(**REF_VALUES), revisions=["1.2.3", OURS]),
        HEALTHY,
    ),
    unproven(
        "a chart, with values of ours that are old",
        sources(CHART, source(**REF_VALUES), revisions=["1.2.3", EARLIER]),
        PROGRESSING,
        "runs eeeeeeeeeeee, not",
    ),
    unproven(
        "fewer revisions than sources",
        sources(source(), source(path="other"), revisions=[OURS]),
        UNKNOWN,
        "has 2 sources and 1 revision$",
    ),
    unproven(
        "a revision of one source does not count for several",
        application({"source": None, "sources": [source()]}, sync=synced()),
        UNKNOWN,
        "has 1 source and 0 revisions$",
    ),
    Case("two sources from one URL", sources(source(), source(path="b"), revisions=[OURS, LATER]), HEALTHY),
    unproven(
        "two sources from one URL, one of which is old",
        sources(source(), source(path="b"), revisions=[OURS, EARLIER]),
        PROGRESSING,
        "runs aaaaaaaaaaaa and eeeeeeeeeeee, not aaaaaaaaaaaa yet$",
    ),
    Case(
        "two sources from one URL, one of which follows something else",
        sources(source(), source("charts-1.2", path="b"), revisions=[OURS, STRANGE]),
        HEALTHY,
    ),
    # 7. is our revision there
    Case("a later commit has ours in it", application(sync=synced(LATER)), HEALTHY),
    unproven(
        "an earlier commit", application(sync=synced(EARLIER)), PROGRESSING, "runs eeeeeeeeeeee, not aaaaaaaaaaaa yet"
    ),
    unproven(
        "a commit of nowhere",
        application(sync=synced(STRANGE)),
        PROGRESSING,
        "runs ffffffffffff, which the GitOps repository does not have$",
    ),
    unproven("what is no commit", application(sync=synced("--all")), PROGRESSING, "runs --all, which the GitOps"),
    Case(
        "the same files at its path",
        application(sync=synced(EARLIER)),
        HEALTHY,
        history=KnownHistory(same=(PATH,)),
    ),
    unproven(
        "the same files, as of before the push",
        application(sync=synced(EARLIER), reconciledAt=at(-60), operationState=None),
        PROGRESSING,
        "was not compared since the push yet$",
        history=KnownHistory(same=(PATH,)),
    ),
    Case(
        "the same files at all paths that it is generated from",
        application(
            metadata={"annotations": {"argocd.argoproj.io/manifest-generate-paths": ".;../base; /shared/*.yaml"}},
            sync=synced(EARLIER),
        ),
        HEALTHY,
        history=KnownHistory(same=(PATH, "apps/web-app/base", "shared")),
    ),
    unproven(
        "other files at one of the paths that it is generated from",
        application(
            metadata={"annotations": {"argocd.argoproj.io/manifest-generate-paths": ".;/shared"}}, sync=synced(EARLIER)
        ),
        PROGRESSING,
        "runs eeeeeeeeeeee",
        history=KnownHistory(same=(PATH,)),
    ),
    unproven(
        "other value files than those of its path",
        application({"source": source(helm={"valueFiles": ["../values.yaml"]})}, sync=synced(EARLIER)),
        PROGRESSING,
        "runs eeeeeeeeeeee",
        history=KnownHistory(same=(PATH,)),
    ),
    Case(
        "the same value files of another source",
        sources(CHART, source(**REF_VALUES), revisions=["1.2.3", EARLIER]),
        HEALTHY,
        history=KnownHistory(same=(f"{PATH}/values.yaml",)),
    ),
    unproven(
        "paths that lead out of the repository",
        application({"source": source(path="../..")}, sync=synced(EARLIER)),
        PROGRESSING,
        "runs eeeeeeeeeeee",
        history=KnownHistory(same=("../..",)),
    ),
    Case("the commit that a tag pins", application(), HEALTHY, target=pinned()),
    unproven(
        "a commit that descends from what a tag pins is another release",
        application(sync=synced(LATER)),
        PROGRESSING,
        "runs bbbbbbbbbbbb, not aaaaaaaaaaaa yet$",
        target=pinned(),
    ),
    unproven(
        "what a tag pins, as of before it was pointed at",
        application(reconciledAt=at(-60), operationState=operation(finished=-70)),
        PROGRESSING,
        "was not compared since the push yet$",
        target=pinned(),
    ),
    unproven(
        "nothing was pushed",
        application(),
        UNKNOWN,
        "nothing was pushed for this release, so no commit says what it should run$",
        target=Target(TARGET.place, "v1.3.0"),
    ),
    Case(
        "a chart's version",
        application({"source": source("1.x", CHARTS, chart="web")}, sync=synced("1.3.0")),
        HEALTHY,
        options={"revision": "1.3.0"},
    ),
    Case(
        "a tag of another repository",
        application({"source": source("refs/tags/v1.3.0", "https://git.acme.example/acme/web")}, sync=synced(STRANGE)),
        HEALTHY,
        options={"revision": "{release}"},
    ),
    unproven(
        "another version of a chart, beside values of ours",
        sources(CHART, source(**REF_VALUES), revisions=["1.2.3", OURS]),
        PROGRESSING,
        r"runs 1\.2\.3 and aaaaaaaaaaaa, not v1\.3\.0 yet$",
        options={"revision": "{release}"},
    ),
    unproven(
        "compared to an older spec",
        application({"source": source("v1.3.0")}, sync=synced(comparedTo={"source": source("v1.2.0")})),
        PROGRESSING,
        "its spec has changed and was not compared yet$",
        options={"revision": "{release}"},
    ),
    unproven(
        "compared to an older destination",
        application(sync=synced(comparedTo={"source": source(), "destination": {"namespace": "old"}})),
        PROGRESSING,
        "its spec has changed",
    ),
    Case(
        "compared to the same spec, written otherwise",
        application(
            {"source": source(helm={}, directory={"recurse": False})},
            sync=synced(comparedTo={"source": source(), "destination": {"name": "in-cluster", "namespace": "web"}}),
        ),
        HEALTHY,
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
            f"{status}; it may settle for 30 s yet$",
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
    seen = look(kubernetes_api, case.document, case.history, case.target, **case.options)

    assert (seen.health, seen.final, seen.proven) == (case.health, case.final, case.proven), seen.reason
    assert re.match(case.says, seen.reason), seen.reason

"""Is our revision what an Application was compared with? One look says it."""

from __future__ import annotations

from typing import Any

import pytest

from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_cases import HEALTHY, PROGRESSING, UNHEALTHY, UNKNOWN, Case, holds, unproven
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
    operation,
    pinned,
    source,
    synced,
)


def sources(*several: Json, revisions: list[str], **more: Any) -> Json:
    return application(
        {"source": None, "sources": list(several)}, sync={"status": "Synced", "revisions": revisions}, **more
    )


REF_VALUES = {"ref": "values", "path": ""}
CHART = source("1.2.3", CHARTS, chart="web", path="", helm={"valueFiles": [f"$values/{PATH}/values.yaml"]})
REVISIONS = [
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
        final=True,
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
    Case(
        "the sync of the chart that is wanted failed",
        application(
            {"source": source("1.3.0", CHARTS, chart="web")},
            sync=synced("1.3.0", "OutOfSync"),
            operationState=operation("Failed", "1.3.0"),
        ),
        UNHEALTHY,
        "the sync of our revision ended as Failed",
        final=True,
        options={"revision": "1.3.0"},
    ),
    Case(
        "the sync of the tag that is wanted failed",
        application(
            {"source": source("v1.3.0")},
            sync=synced(STRANGE, "OutOfSync"),
            operationState={
                **operation("Failed", STRANGE),
                "syncResult": {"revision": STRANGE, "source": source("v1.3.0")},
            },
        ),
        UNHEALTHY,
        "the sync of our revision ended as Failed",
        final=True,
        options={"revision": "{release}"},
    ),
    Case(
        "the sync of the tag before failed",
        application(
            {"source": source("v1.3.0")},
            sync=synced(STRANGE, "OutOfSync"),
            operationState={
                **operation("Failed", EARLIER),
                "syncResult": {"revision": EARLIER, "source": source("v1.2.0")},
            },
        ),
        PROGRESSING,
        "is OutOfSync at our revision$",
        options={"revision": "{release}"},
    ),
    unproven(
        "hydrated by Argo CD",
        application({"source": None, "sourceHydrator": {"drySource": source(), "syncSource": {"targetBranch": "env"}}}),
        UNKNOWN,
        r"its manifests are hydrated by Argo CD \(sourceHydrator\), whose commits are others than ours",
    ),
    *(
        Case(f"compared to {value!r}", application(sync=synced(comparedTo=value)), HEALTHY)
        for value in ("nothing", [], {})
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
]


@pytest.mark.parametrize("case", REVISIONS, ids=lambda case: case.name)
def test_revision(case: Case, kubernetes_api: KubernetesApi) -> None:
    holds(case, kubernetes_api)

"""What is said beforehand of the objects that a ``flux`` check names."""

from __future__ import annotations

import pytest

from promontory.errors import ClusterError
from promontory.live_objects import KUSTOMIZATION
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.flux_samples import Json, bucket, git_repository, helm_release, kustomization, oci_repository
from tests.checks.flux_stage import Stage

UNCHECKED = (
    "Kustomization flux-system/web-app has neither spec.wait nor spec.healthChecks: its Ready means applied, "
    "not healthy → set spec.wait: true, or add a check that looks at the workloads"
)


@pytest.fixture
def stage(kubernetes_api: KubernetesApi) -> Stage:
    return Stage(kubernetes_api)


def test_what_is_there_and_fit_gives_no_reason_to_warn(stage: Stage) -> None:
    stage.put(kustomization(), git_repository(), helm_release())

    assert stage.lint() == []
    assert stage.lint(helm_release="web/web-app") == []


def test_a_kustomization_whose_health_nobody_checks_is_told_unless_helm_does(stage: Stage) -> None:
    stage.put(kustomization(changes={"spec.wait": False}), git_repository(), helm_release())

    assert stage.lint() == [UNCHECKED]
    assert stage.lint(selector="!app") == [UNCHECKED]
    assert stage.lint(kustomization="web-app", helm_release="web/web-app") == []


def test_what_is_suspended_is_told_with_how_to_resume_it(stage: Stage) -> None:
    suspended = {"spec.suspend": True}
    stage.put(kustomization(changes=suspended), git_repository(changes=suspended), helm_release(changes=suspended))

    assert stage.lint(kustomization="web-app", helm_release="web/web-app") == [
        f"{ref} is suspended: what is promoted will not arrive → resume it: flux resume {command}"
        for ref, command in (
            ("Kustomization flux-system/web-app", "kustomization web-app -n flux-system"),
            ("GitRepository flux-system/gitops", "source git gitops -n flux-system"),
            ("HelmRelease web/web-app", "helmrelease web-app -n web"),
        )
    ]


def test_a_chart_from_git_that_moves_only_with_its_version_is_told(stage: Stage) -> None:
    chart = {"spec.chart.spec.sourceRef.kind": "GitRepository"}
    stage.put(helm_release(changes=chart))
    told = stage.lint(helm_release="web/web-app")
    stage.put(helm_release(changes={**chart, "spec.chart.spec.reconcileStrategy": "Revision"}))

    assert told == [
        "HelmRelease web/web-app takes its chart from Git, and deploys what changes in it only with a new version "
        "there → set spec.chart.spec.reconcileStrategy: Revision, if releases change the chart without that"
    ]
    assert stage.lint(helm_release="web/web-app") == []


def test_what_does_not_exist_is_told(stage: Stage) -> None:
    stage.put(kustomization())

    missing = [found.partition(":")[0] for found in stage.lint(kustomization=["web-app", "jobs"], helm_release="web/a")]

    assert missing == [
        "the cluster has no Kustomization flux-system/jobs",
        "the cluster has no GitRepository flux-system/gitops",
        "the cluster has no HelmRelease web/a",
    ]


def test_a_selector_that_finds_nothing_is_told(stage: Stage) -> None:
    assert stage.lint(selector="app=web-app") == [
        "there are no Kustomizations flux-system/(app=web-app) → correct selector:, namespace: or context:"
    ]


def test_a_source_that_follows_another_repository_is_told_without_its_secrets(stage: Stage) -> None:
    url = "https://robot:s3cret@git.acme.example/other.git"
    stage.put(kustomization(), git_repository(changes={"spec.url": url}))

    assert stage.lint() == [
        "GitRepository flux-system/gitops follows https://git.acme.example/other.git, and not this repository "
        "→ see which one is right"
    ]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (bucket(), "Bucket flux-system/gitops has no commits: nothing that it brings can be verified"),
        (oci_repository(""), "OCIRepository flux-system/gitops does not say which commit its artifact is of, so"),
        (oci_repository(), None),
    ],
)
def test_a_source_that_names_no_commits_is_told(stage: Stage, source: Json, told: str | None) -> None:
    stage.put(kustomization(changes={"spec.sourceRef.kind": source["kind"]}), source)

    assert [found[: len(told or "")] for found in stage.lint()] == ([told] if told else [])


def test_what_may_not_be_read_is_an_error_that_says_so(stage: Stage) -> None:
    stage.put(kustomization())
    stage.api.forbid("get", resource=KUSTOMIZATION)

    with pytest.raises(ClusterError, match="the account may not get Kustomization flux-system/web-app"):
        stage.lint()

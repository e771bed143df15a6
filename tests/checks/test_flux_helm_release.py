"""The ``flux`` check on a HelmRelease: its Kustomization has to bring our commit, then Helm has to make it true."""

from __future__ import annotations

import logging

import pytest

from promontory.checks.flux.objects import REQUESTED
from promontory.live_objects import HELM_RELEASE
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.flux_helm_release_cases import (
    HISTORY,
    ONCE,
    REMEDIATED,
    ROLLED_BACK,
    UPGRADE_FAILED,
    WORKING,
)
from tests.checks.flux_kustomization_cases import HEALTHY, PROGRESSING, RETRYING, UNHEALTHY, UNKNOWN, old
from tests.checks.flux_samples import (
    OLDER,
    RELEASED,
    Json,
    at,
    git_repository,
    helm_chart,
    helm_release,
    kustomization,
    ready,
)
from tests.checks.flux_stage import RELEASE, Stage

WEB = {"helm_release": "web/web-app"}
OLD_VALUES = {f"{HISTORY}.chartVersion": "1.2.0"}


@pytest.fixture
def stage(kubernetes_api: KubernetesApi) -> Stage:
    """The HelmRelease runs what its spec asks for, whatever that is by then."""
    stage = Stage(kubernetes_api)
    stage.put(kustomization(), git_repository(), helm_release())
    return stage


def test_it_is_asked_to_reconcile_once_and_believed_when_it_has(stage: Stage) -> None:
    stage.handles(12, RELEASE)

    result = stage.watch(**WEB)

    assert (result.health, result.proven, result.seconds) == (HEALTHY, True, 22.0)
    assert result.reason.startswith("chart web-app 1.3.0 is deployed")
    assert stage.order() == ["helmreleases"]
    assert result.evidence["helm_release"] == {
        "chart": "web-app",
        "chart_version": "1.3.0",
        "status": "deployed",
        "revision": 7,
        "config": "sha256:new",
        "ready": "True (UpgradeSucceeded)",
    }


def test_one_that_does_not_reconcile_is_not_healthy_however_green_it_is(stage: Stage) -> None:
    result = stage.watch(**WEB, deadline="2m")

    assert result.health is UNHEALTHY
    assert result.reason == "not healthy within 2m: it has not reconciled since our commit was applied"
    assert stage.asked(RELEASE) == 1


def test_a_later_request_of_somebody_else_counts_as_well(stage: Stage) -> None:
    stage.handles(5, RELEASE, "2025-01-01T00:00:04Z")

    assert stage.watch(**WEB).health is HEALTHY


def test_a_word_that_is_no_time_does_not_count(stage: Stage) -> None:
    stage.handles(5, RELEASE, "soon")

    assert stage.watch(**WEB, deadline="1m").health is UNHEALTHY


def test_its_kustomization_has_to_bring_our_commit_first(stage: Stage) -> None:
    stage.put(old())

    seen = stage.look(**WEB)

    assert (seen.health, seen.reason) == (
        PROGRESSING,
        "Kustomization flux-system/web-app: it has applied main@sha1:cccccccccccc, not aaaaaaaaaaaa yet",
    )
    assert stage.asked(RELEASE) == 0


def test_its_kustomization_may_be_named(stage: Stage) -> None:
    stage.api.change(RELEASE, lambda document: document["metadata"].pop("labels"))
    stage.handles(5, RELEASE)

    assert stage.watch(**WEB, kustomization="web-app").health is HEALTHY


def test_without_labels_nobody_knows_its_kustomization(stage: Stage) -> None:
    stage.api.change(RELEASE, lambda document: document["metadata"].pop("labels"))

    result = stage.watch(**WEB)

    assert (result.health, result.attempts) == (UNKNOWN, 1)
    assert result.reason == (
        "HelmRelease web/web-app does not say which Kustomization has applied it: name that one with kustomization:"
    )


def test_one_that_is_to_come_with_our_commit_is_waited_for(stage: Stage) -> None:
    stage.api.delete(RELEASE)

    assert stage.look(**WEB).reason == "HelmRelease web/web-app does not exist"
    assert stage.look(**WEB, kustomization="web-app").reason == "HelmRelease web/web-app does not exist"
    stage.clock.plan(40, lambda: stage.put(helm_release()))
    stage.handles(60, RELEASE)
    assert stage.watch(**WEB).health is HEALTHY


def test_an_upgrade_is_waited_for(stage: Stage) -> None:
    upgrading = (ready("Unknown", "Progressing"), RELEASED, WORKING)
    stage.at(1, helm_release(*upgrading, changes={"status.observedGeneration": 1}))
    stage.at(200, helm_release())
    stage.handles(200, RELEASE)

    result = stage.watch(**WEB)

    assert (result.health, result.seconds) == (HEALTHY, 210.0)


def test_what_helm_has_taken_back_is_unhealthy_at_once(stage: Stage) -> None:
    stage.at(20, helm_release(ROLLED_BACK, UPGRADE_FAILED, REMEDIATED, changes=ONCE))
    stage.handles(20, RELEASE)

    result = stage.watch(**WEB, settle="5m")

    assert (result.health, result.seconds) == (UNHEALTHY, 20.0)
    assert result.reason.startswith("Helm took it back: Helm rollback to web-app.v6 succeeded: Helm upgrade failed")


def test_what_was_taken_back_before_our_commit_is_no_failure_of_ours(stage: Stage) -> None:
    stage.at(0, helm_release(ROLLED_BACK, UPGRADE_FAILED, REMEDIATED, changes=ONCE))
    stage.at(100, helm_release())
    stage.handles(100, RELEASE)

    assert stage.watch(**WEB).health is HEALTHY


def test_a_failure_that_may_be_of_before_is_given_time_where_nobody_may_ask(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.api.forbid("patch")
    stage.put(helm_release(ROLLED_BACK, UPGRADE_FAILED, REMEDIATED, changes=ONCE))

    with caplog.at_level(logging.WARNING, "promontory.checks"):
        result = stage.watch(**WEB, settle="40s")

    assert (result.health, result.seconds) == (UNHEALTHY, 40.0)
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "HelmRelease web/web-app cannot be asked to reconcile"
    ]


def test_retries_of_flux_are_waited_for(stage: Stage) -> None:
    retries = {**ONCE, "spec.upgrade": {"remediation": {"retries": 2}}}
    stage.at(10, helm_release(ready("False", "UpgradeFailed"), UPGRADE_FAILED, RETRYING, changes=retries))
    stage.handles(10, RELEASE)
    stage.at(300, helm_release())
    stage.handles(300, RELEASE)

    assert stage.watch(**WEB).health is HEALTHY


def test_it_can_be_held_to_the_version_of_its_chart(stage: Stage) -> None:
    stage.put(helm_release(changes=OLD_VALUES))
    stage.handles(5, RELEASE)

    result = stage.watch(**WEB, chart_version="{release}", deadline="1m")

    assert result.health is UNHEALTHY
    assert result.reason == "not healthy within 1m: it runs chart version 1.2.0, not v1.3.0 yet"


def test_a_reconcile_at_its_interval_is_no_break_in_its_health(stage: Stage) -> None:
    stage.handles(1, RELEASE)
    stage.at(60, helm_release(ready(), RELEASED, WORKING))
    stage.at(75, helm_release())

    result = stage.watch(**WEB, stable_for="90s")

    assert (result.health, result.not_healthy, result.seconds) == (HEALTHY, 0, 91.0)


FROM_GIT: Json = {
    "spec.chart.spec.sourceRef": {"kind": "GitRepository", "name": "gitops", "namespace": "flux-system"},
    "status.helmChart": "flux-system/web-web-app",
}


def test_a_chart_in_the_repository_has_to_be_made_of_our_commit_before_it_is_asked_for(stage: Stage) -> None:
    stage.put(helm_release(changes=FROM_GIT), helm_chart(revision=at(OLDER)))
    stage.clock.plan(30, lambda: stage.put(helm_chart(WORKING, ready("Unknown"))))
    stage.clock.plan(31, lambda: stage.put(helm_chart()))
    stage.handles(40, RELEASE)

    seen = stage.look(**WEB)
    result = stage.watch(**WEB)

    assert seen.reason == ("HelmChart flux-system/web-web-app is made of main@sha1:cccccccccccc, not aaaaaaaaaaaa yet")
    assert (result.health, result.seconds) == (HEALTHY, 50.0)
    assert stage.api.get(RELEASE)["metadata"]["annotations"][REQUESTED] == "2025-01-01T00:00:31.000000+00:00"


def test_a_chart_that_is_named_is_held_to_our_commit_as_well(stage: Stage) -> None:
    reference = {"kind": "HelmChart", "name": "web-web-app", "namespace": "flux-system"}
    stage.put(helm_release(changes={"spec.chart": None, "spec.chartRef": reference}), helm_chart(revision=at(OLDER)))

    assert stage.look(**WEB).reason.startswith("HelmChart flux-system/web-web-app is made of main@sha1:cccccccccccc")


def test_a_chart_of_another_source_has_none_of_our_commits(stage: Stage) -> None:
    chart = helm_chart(revision=at(OLDER))
    chart["spec"]["sourceRef"]["name"] = "charts"
    stage.put(helm_release(changes=FROM_GIT), chart)
    stage.handles(5, RELEASE)

    assert stage.watch(**WEB).health is HEALTHY


def test_a_chart_that_cannot_be_made_of_our_commit_is_unhealthy(stage: Stage) -> None:
    stage.put(
        helm_release(changes=FROM_GIT), helm_chart(ready("False", "ChartPackageError", "values.yaml: no such file"))
    )

    result = stage.watch(**WEB, settle="30s")

    assert (result.health, result.seconds) == (UNHEALTHY, 30.0)
    assert result.reason == "HelmChart flux-system/web-web-app cannot be made: values.yaml: no such file"


def test_a_chart_that_is_not_there_yet_is_waited_for(stage: Stage) -> None:
    stage.put(helm_release(changes=FROM_GIT))

    assert (stage.look(**WEB).health, stage.look(**WEB).reason) == (UNKNOWN, "its HelmChart does not exist")


def test_a_suspended_one_is_not_asked_and_ends_the_wait(stage: Stage) -> None:
    stage.put(helm_release(changes={"spec.suspend": True}))

    result = stage.watch(**WEB, settle="30s")

    assert (result.health, result.seconds) == (UNHEALTHY, 30.0)
    assert result.reason == "it is suspended: resume it with `flux resume helmrelease web-app -n web`"
    assert REQUESTED not in stage.api.get(RELEASE)["metadata"].get("annotations", {})


def test_one_that_may_not_be_read_ends_the_wait(stage: Stage) -> None:
    stage.api.forbid("get", "list", "watch", resource=HELM_RELEASE)

    result = stage.watch(**WEB)

    assert (result.health, result.attempts) == (UNKNOWN, 1)
    assert "the account may not get HelmRelease web/web-app" in result.reason

"""The ``flux`` check on a Kubernetes API: what it sees, what it asks Flux for, when it has seen enough."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from promontory.checks.flux.check import FluxCheck
from promontory.checks.flux.objects import REQUESTED
from promontory.health import Health
from promontory.live_objects import GIT_REPOSITORY, KUSTOMIZATION
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.flux_helm_release_cases import HELM_RELEASES
from tests.checks.flux_kustomization_cases import (
    APPLYING,
    FAILED,
    HEALTHY,
    KUSTOMIZATIONS,
    PROGRESSING,
    RETRYING,
    SOURCED,
    UNHEALTHY,
    UNKNOWN,
    UNKNOWN_READY,
    Json,
    old,
    trying,
)
from tests.checks.flux_samples import (
    NEWER,
    OLDER,
    OURS,
    at,
    bucket,
    git_repository,
    kustomization,
    ready,
)
from tests.checks.flux_stage import GITOPS, WEB_APP, Stage


@pytest.fixture
def stage(kubernetes_api: KubernetesApi) -> Stage:
    return Stage(kubernetes_api)


# --- the rules, as they come through the API -----------------------------------------------------------


@pytest.mark.parametrize(("seen", "health", "reason"), KUSTOMIZATIONS)
def test_kustomization_in_a_cluster(stage: Stage, seen: Json, health: Health, reason: str) -> None:
    stage.put(seen)

    found = stage.look(settle="0s")

    assert (found.health, reason in found.reason) == (health, True), found.reason
    assert found.final is (health is UNHEALTHY)


@pytest.mark.parametrize(("seen", "source", "health", "reason"), SOURCED)
def test_kustomization_and_its_source_in_a_cluster(
    stage: Stage, seen: Json, source: Json, health: Health, reason: str
) -> None:
    stage.put(seen, source)

    found = stage.look(settle="0s")

    assert (found.health, reason in found.reason) == (health, True), found.reason


@pytest.mark.parametrize(("seen", "health", "reason"), HELM_RELEASES)
def test_helm_release_in_a_cluster(stage: Stage, seen: Json, health: Health, reason: str) -> None:
    stage.put(kustomization(), seen)
    stage.api.forbid("patch")

    found = stage.look(settle="0s", helm_release="web/web-app")

    assert (found.health, reason in found.reason) == (health, True), found.reason


# --- over time -----------------------------------------------------------------------------------------


def test_a_commit_is_followed_from_its_source_to_its_health(stage: Stage) -> None:
    stage.put(old(), git_repository(revision=at(OLDER)))
    stage.at(25, git_repository())
    stage.at(35, trying(UNKNOWN_READY, APPLYING))
    stage.at(55, kustomization())

    result = stage.watch()

    assert (result.health, result.proven, result.seconds) == (HEALTHY, True, 65.0)
    assert result.reason.startswith("applied main@sha1:aaaaaaaaaaaa and found it healthy")
    assert result.evidence == {
        "commit": OURS,
        "Kustomization flux-system/web-app": {
            "applied": at(OURS),
            "attempted": at(OURS),
            "ready": "True (ReconciliationSucceeded)",
            "source": "GitRepository flux-system/gitops",
            "source_revision": at(OURS),
            "health_checked": True,
        },
    }


def test_what_was_never_applied_is_unhealthy_at_the_deadline_and_says_how_far_it_came(stage: Stage) -> None:
    stage.put(
        old(), git_repository(ready("False", "GitOperationFailed", "authentication required"), revision=at(OLDER))
    )

    result = stage.watch(deadline="2m")

    assert (result.health, result.seconds) == (UNHEALTHY, 120.0)
    assert result.reason == (
        "not healthy within 2m: GitRepository flux-system/gitops cannot get aaaaaaaaaaaa: authentication required"
    )


def test_a_failure_that_passes_within_the_time_to_settle_is_none(stage: Stage) -> None:
    stage.put(trying(FAILED, RETRYING), git_repository())
    stage.at(15, kustomization())

    result = stage.watch(settle="30s")

    assert (result.health, result.seconds) == (HEALTHY, 25.0)


def test_a_failure_that_lasts_ends_the_wait_when_the_time_to_settle_is_over(stage: Stage) -> None:
    stage.put(trying(UNKNOWN_READY, APPLYING), git_repository())
    stage.at(12, trying(FAILED, RETRYING))

    result = stage.watch(settle="35s", interval="20s")

    assert (result.health, result.seconds) == (UNHEALTHY, 35.0)
    assert result.reason.startswith("main@sha1:aaaaaaaaaaaa failed: timeout waiting for: [Deployment/web/web-app")


def test_health_checks_that_took_their_time_fail_at_once(stage: Stage) -> None:
    stage.put(trying(UNKNOWN_READY, APPLYING), git_repository())
    stage.at(300, trying(FAILED, RETRYING))

    result = stage.watch(settle="30s")

    assert (result.health, result.seconds) == (UNHEALTHY, 300.0)


def test_a_failure_of_the_commit_before_is_waited_through(stage: Stage) -> None:
    stage.put(old(FAILED, RETRYING), git_repository(revision=at(OLDER)))
    stage.at(100, git_repository(), kustomization())

    assert stage.watch(settle="30s").health is HEALTHY


def test_a_suspended_kustomization_may_be_resumed_within_the_time_to_settle(stage: Stage) -> None:
    stage.put(old(**{"spec.suspend": True}), git_repository())
    stage.at(15, kustomization())

    assert stage.watch(settle="30s").health is HEALTHY


def test_a_suspended_kustomization_ends_the_wait(stage: Stage) -> None:
    stage.put(old(**{"spec.suspend": True}), git_repository(revision=at(OLDER)))

    result = stage.watch(settle="30s")

    assert (result.health, result.seconds) == (UNHEALTHY, 30.0)
    assert result.reason == "it is suspended: resume it with `flux resume kustomization web-app -n flux-system`"
    assert stage.order() == []


def test_a_suspended_source_is_not_asked_for_what_it_will_not_do(stage: Stage) -> None:
    stage.put(old(), git_repository(revision=at(OLDER), changes={"spec.suspend": True}))

    result = stage.watch(settle="30s")

    assert (result.health, result.seconds) == (UNHEALTHY, 30.0)
    assert "flux resume source git gitops -n flux-system" in result.reason
    assert stage.order() == []


def test_a_kustomization_that_comes_with_our_commit_is_waited_for(stage: Stage) -> None:
    stage.put(git_repository())
    stage.at(50, lambda: stage.put(kustomization()))

    assert stage.watch().health is HEALTHY


def test_a_kustomization_that_never_comes_is_not_healthy(stage: Stage) -> None:
    result = stage.watch(deadline="1m")

    assert result.health is UNKNOWN
    assert result.reason == ("not healthy within 1m: Kustomization flux-system/web-app does not exist")


def test_a_reconcile_of_what_was_applied_before_is_no_break_in_its_health(stage: Stage) -> None:
    stage.put(kustomization(), git_repository())
    for minute in range(1, 6):
        stage.at(minute * 60 - 1, kustomization(UNKNOWN_READY, APPLYING))
        stage.at(minute * 60 + 5, kustomization())

    result = stage.watch(stable_for="4m", interval="1s")

    assert (result.health, result.seconds, result.not_healthy) == (HEALTHY, 245.0, 0)


def test_a_reconcile_that_does_not_come_to_an_end_is_progress_and_not_health(stage: Stage) -> None:
    stage.put(kustomization(UNKNOWN_READY, APPLYING), git_repository())

    result = stage.watch(settle="30s", deadline="2m")

    assert (result.health, result.not_healthy) == (UNHEALTHY, 0)
    assert result.reason == "not healthy within 2m: Running health checks for revision main"


def test_a_later_commit_of_others_that_fails_is_not_healthy(stage: Stage) -> None:
    stage.put(kustomization(), git_repository())
    stage.at(5, git_repository(revision=at(NEWER)))
    stage.at(6, kustomization(FAILED, RETRYING, changes={"status.lastAttemptedRevision": at(NEWER)}))

    result = stage.watch(stable_for="1m")

    assert result.health is UNHEALTHY
    assert result.reason.startswith("main@sha1:bbbbbbbbbbbb failed")


def test_a_source_that_has_gone_back_is_not_healthy(stage: Stage) -> None:
    stage.put(kustomization(), git_repository(revision=at(OLDER)))

    assert stage.watch(deadline="1m").reason.startswith(
        "not healthy within 1m: GitRepository flux-system/gitops has main@sha1:cccccccccccc, not aaaaaaaaaaaa yet"
    )


def test_where_a_tag_is_followed_a_later_commit_is_another_release(stage: Stage) -> None:
    later = {"status.lastAppliedRevision": f"v2@sha1:{NEWER}", "status.lastAttemptedRevision": f"v2@sha1:{NEWER}"}
    stage.put(kustomization(changes=later), git_repository(revision=f"v2@sha1:{NEWER}"))
    stage.at(30, kustomization(), git_repository(revision=f"v1@sha1:{OURS}"))

    result = stage.watch(pinned=True)

    assert (result.health, result.seconds) == (HEALTHY, 40.0)
    assert stage.asked(GITOPS) == 1


def test_nothing_is_believed_where_no_commit_is_known(stage: Stage) -> None:
    stage.put(kustomization(), git_repository())

    result = stage.watch(commit=None)

    assert (result.health, result.attempts) == (UNKNOWN, 1)
    assert result.reason.startswith("nothing says which commit was pushed")


def test_a_bucket_ends_the_wait_because_nothing_can_be_proven(stage: Stage) -> None:
    stage.put(kustomization(changes={"spec.sourceRef.kind": "Bucket"}), bucket())

    result = stage.watch()

    assert (result.health, result.attempts) == (UNKNOWN, 1)


# --- asking Flux to hurry --------------------------------------------------------------------------------


def test_the_source_is_asked_first_and_the_kustomization_when_there_is_something_to_apply(stage: Stage) -> None:
    stage.put(old(), git_repository(revision=at(OLDER)))
    stage.at(15, git_repository())
    stage.at(25, kustomization())

    stage.watch()

    assert stage.order() == ["gitrepositories", "kustomizations"]
    token = stage.api.get(GITOPS)["metadata"]["annotations"][REQUESTED]
    assert token == "2025-01-01T00:00:00.000000+00:00"


def test_nobody_is_asked_again_who_has_not_answered(stage: Stage) -> None:
    stage.put(old(), git_repository(revision=at(OLDER)))

    stage.watch(deadline="10m")

    assert stage.asked(GITOPS) == 1


def test_a_source_that_looked_too_early_is_asked_again_half_a_minute_later(stage: Stage) -> None:
    stage.put(old(), git_repository(revision=at(OLDER)))
    for seconds in range(5, 120, 5):
        stage.handles(seconds, GITOPS)

    stage.watch(deadline="100s")

    assert stage.asked(GITOPS) == 4


def test_what_somebody_else_has_asked_since_the_push_does_as_well(stage: Stage) -> None:
    asked = {"metadata.annotations": {REQUESTED: "2025-01-01T00:00:00.5Z"}}
    stage.put(old(), git_repository(revision=at(OLDER), changes=asked))

    stage.watch(deadline="1m")

    assert stage.asked(GITOPS) == 0


def test_applications_that_are_verified_together_ask_their_source_once(stage: Stage) -> None:
    names = [f"web-app-{number}" for number in range(20)]
    stage.put(git_repository(revision=at(OLDER)), *(also(old(), name) for name in names))

    results = stage.watch_together(*({"kustomization": name, "deadline": "1m"} for name in names))

    assert {result.attempts > 0 for result in results} == {True}
    assert stage.asked(GITOPS) == 1


@pytest.mark.parametrize("annotation", ["2024-12-31T23:59:59Z", "now", "2025-01-01"])
def test_what_somebody_has_asked_before_the_push_does_not(stage: Stage, annotation: str) -> None:
    stage.put(old(), git_repository(revision=at(OLDER), changes={"metadata.annotations": {REQUESTED: annotation}}))

    stage.watch(deadline="1m")

    assert stage.asked(GITOPS) == 1


def test_a_kustomization_that_is_at_work_is_not_disturbed(stage: Stage) -> None:
    stage.put(old(UNKNOWN_READY, APPLYING), git_repository())
    stage.at(25, kustomization())

    stage.watch()

    assert stage.order() == []


def test_one_that_may_not_be_asked_comes_at_its_own_pace(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.put(old(), git_repository(revision=at(OLDER)))
    stage.api.forbid("patch")
    stage.at(200, git_repository(), kustomization())

    with caplog.at_level(logging.WARNING, "promontory.checks"):
        result = stage.watch()

    assert (result.health, result.errors) == (HEALTHY, 0)
    (told,) = [record.message for record in caplog.records]
    assert told.startswith("GitRepository flux-system/gitops cannot be asked to reconcile: the account may not patch")


def test_one_that_could_not_be_asked_just_then_is_asked_later(stage: Stage) -> None:
    stage.put(old(), git_repository(revision=at(OLDER)))
    stage.api.fail("patch", 503)

    stage.watch(deadline="2m")

    assert stage.asked(GITOPS) == 2
    assert stage.api.get(GITOPS)["metadata"]["annotations"][REQUESTED] == "2025-01-01T00:00:30.000000+00:00"


# --- what cannot be read -----------------------------------------------------------------------------------


def test_a_kustomization_that_may_not_be_read_ends_the_wait(stage: Stage) -> None:
    stage.put(kustomization())
    stage.api.forbid("get", "list", "watch", resource=KUSTOMIZATION)

    result = stage.watch()

    assert (result.health, result.attempts) == (UNKNOWN, 1)
    assert "the account may not get Kustomization flux-system/web-app" in result.reason


def test_a_source_that_may_not_be_read_leaves_the_proof_to_the_kustomization(stage: Stage) -> None:
    stage.put(old(), git_repository())
    stage.api.forbid("get", "list", "watch", resource=GIT_REPOSITORY)

    seen = stage.look()
    stage.at(15, kustomization())

    assert seen.reason.endswith("not aaaaaaaaaaaa yet (GitRepository flux-system/gitops may not be read)")
    assert stage.watch().health is HEALTHY
    assert stage.asked(WEB_APP) == 1


def test_a_cluster_that_is_away_for_a_while_costs_only_time(stage: Stage) -> None:
    stage.put(kustomization(), git_repository())
    stage.api.fail("get", 503, times=3)

    result = stage.watch()

    assert (result.health, result.errors, result.last_error) == (HEALTHY, 3, "the Kubernetes API answered HTTP 503: no")


def test_each_environment_may_have_a_cluster_of_its_own(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.put(kustomization(), git_repository())
    kubeconfig = stage.api.kubeconfig(tmp_path / "clusters", context="staging")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))

    healthy, nowhere = stage.watch(context="{environment}"), stage.watch(context="production")

    assert healthy.health is HEALTHY
    assert (nowhere.health, nowhere.attempts) == (UNKNOWN, 1)
    assert "context production" in nowhere.reason


# --- several -----------------------------------------------------------------------------------------------


def also(seen: Json, name: str, **labels: str) -> Json:
    return {**seen, "metadata": {**seen["metadata"], "name": name, "labels": labels}}


def test_of_several_the_worst_counts_and_is_named(stage: Stage) -> None:
    stage.put(kustomization(), also(old(), "web-app-jobs"), git_repository())

    seen = stage.look(kustomization=["{application}", "flux-system/{application}-jobs"])

    assert (seen.health, seen.proven) == (PROGRESSING, False)
    assert seen.reason == (
        "Kustomization flux-system/web-app-jobs: it has applied main@sha1:cccccccccccc, not aaaaaaaaaaaa yet"
    )
    assert list(seen.evidence) == [
        "commit",
        "Kustomization flux-system/web-app",
        "Kustomization flux-system/web-app-jobs",
    ]


def test_several_are_healthy_together(stage: Stage) -> None:
    stage.put(also(kustomization(), "web-app", app="web-app"), also(kustomization(), "jobs", app="web-app"))
    stage.put(also(old(), "other", app="other"), git_repository())

    seen = stage.look(selector="app={application}")

    assert (seen.health, seen.proven) == (HEALTHY, True)
    assert "Kustomization flux-system/jobs: applied" in seen.reason
    assert "other" not in seen.reason


def test_a_selector_that_finds_nothing_is_not_healthy(stage: Stage) -> None:
    seen = stage.look(selector="app=web-app")

    assert (seen.health, seen.reason) == (UNKNOWN, "there are no Kustomizations flux-system/(app=web-app)")


def test_one_of_several_that_is_missing_is_named(stage: Stage) -> None:
    stage.put(kustomization(), git_repository())

    seen = stage.look(kustomization=["web-app", "apps/jobs"])

    assert (seen.health, seen.reason) == (UNKNOWN, "Kustomization apps/jobs does not exist")


def test_one_that_is_missing_does_not_hide_one_that_has_failed(stage: Stage) -> None:
    stage.put(trying(FAILED, RETRYING), git_repository())

    result = stage.watch(kustomization=["web-app", "apps/jobs"], settle="30s")

    assert (result.health, result.seconds) == (UNHEALTHY, 30.0)


# --- what may be written -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "there is nothing to look at: write kustomization:, selector: or helm_release:"),
        ({"kustomization": "a", "selector": "b=c"}, "one of them says which Kustomizations are meant"),
        ({"kustomization": "a", "chart_version": "1.0"}, "chart_version: only with helm_release, whose chart it is"),
        ({"kustomization": "a/b/c"}, "'a/b/c' is no name of an object in a cluster: write NAME or NAMESPACE/NAME"),
        ({"kustomization": "Web App"}, "is no name of an object in a cluster"),
        ({"kustomization": ["a", "../b"]}, "'../b' is no name of an object in a cluster"),
        ({"kustomization": []}, "at least 1 item"),
        ({"kustomization": "{name}"}, "unknown placeholder {name}"),
        ({"kustomization": "a", "namespace": "a/b"}, "namespace 'a/b' is no name of a namespace"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FluxCheck.model_validate({"kind": "flux", **options})

    assert message in str(raised.value)


def test_it_is_called_by_what_it_looks_at() -> None:
    labels = [
        FluxCheck.model_validate({"kind": "flux", **options}).label
        for options in (
            {"kustomization": "{application}"},
            {"kustomization": ["a", "b"]},
            {"selector": "app=web"},
            {"kustomization": "a", "helm_release": "web/{application}"},
        )
    ]

    assert labels == ["flux {application}", "flux a, b", "flux app=web", "flux web/{application}"]

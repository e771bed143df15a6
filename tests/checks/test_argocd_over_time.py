"""The argocd check from the push to its verdict, on a clock that jumps: what it asks for, and what it waits for."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from promontory.checks.watch import watch
from promontory.clusters import KubernetesObjects
from promontory.model import Health
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import (
    EARLIER,
    LATER,
    OURS,
    REF,
    TARGET,
    Json,
    KnownHistory,
    Story,
    application,
    at,
    check,
    health,
    operation,
    resource,
    synced,
    verdict,
)
from tests.checks.surroundings import facilities

REFRESH = "argocd.argoproj.io/refresh"
OLD = application(sync=synced(EARLIER), reconciledAt=at(-60), operationState=operation(revision=EARLIER, finished=-70))


@pytest.fixture
def story(kubernetes_api: KubernetesApi) -> Story:
    return Story(kubernetes_api)


def asked(story: Story) -> list[Any]:
    """What was asked for, in its order: kinds of refreshes, and operations."""
    bodies = [request.document() for request in story.api.requests if request.verb == "patch"]
    return [body.get("operation") or body["metadata"]["annotations"][REFRESH] for body in bodies]


def is_refreshed(story: Story) -> None:
    """Argo CD has compared it, and takes the annotation away."""
    story.api.change(REF, lambda document: document["metadata"].pop("annotations", None))


# --- refreshing ---


def test_a_refresh_is_asked_for_right_after_the_push(story: Story) -> None:
    story.becomes(0, OLD).becomes(3, application())

    result = verdict(story)

    assert (result.health, result.proven) == (Health.HEALTHY, True)
    assert asked(story) == ["normal"]


def test_what_runs_our_revision_already_is_left_alone(story: Story) -> None:
    story.becomes(0, application())

    assert verdict(story).health is Health.HEALTHY
    assert asked(story) == []


def test_nobody_asks_again_before_argo_cd_has_answered(story: Story) -> None:
    story.becomes(0, OLD)  # and Argo CD is away

    result = verdict(story, deadline="5m")

    assert result.health is Health.UNHEALTHY
    assert result.reason == "not healthy within 5m: runs eeeeeeeeeeee, not aaaaaaaaaaaa yet"
    assert asked(story) == ["normal"]


def test_refreshes_that_do_not_help_are_asked_for_more_and_more_seldom(story: Story) -> None:
    story.becomes(0, OLD)
    for moment in range(1, 300):
        story.at(moment, lambda: is_refreshed(story))

    verdict(story, deadline="5m")

    assert asked(story) == ["normal"] * 5  # after 0, 10, 40, 100 and 220 seconds


def test_what_stays_stale_is_refreshed_hard(story: Story) -> None:
    stale = application(reconciledAt=at(1), operationState=operation(finished=4))
    story.becomes(0, stale)
    for moment in (5, 15):
        story.at(moment, lambda: is_refreshed(story))
    story.becomes(20, application())

    assert verdict(story).health is Health.HEALTHY
    assert asked(story) == ["normal", "hard"]


def test_a_failed_rendering_is_kept_by_argo_cd_and_refreshed_hard(story: Story) -> None:
    broken = application(
        conditions=[{"type": "ComparisonError", "message": "rpc error (cached)"}], reconciledAt=at(-60)
    )
    story.becomes(0, broken).at(5, lambda: is_refreshed(story)).becomes(15, application())

    assert verdict(story).health is Health.HEALTHY
    assert asked(story) == ["normal", "hard"]


def test_who_may_not_ask_for_a_refresh_waits_for_argo_cd_to_look_by_itself(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.api.forbid("patch")
    story.becomes(0, OLD).becomes(180, application())

    with caplog.at_level(logging.WARNING, "promontory.checks"):
        result = verdict(story)

    assert result.health is Health.HEALTHY
    assert "cannot ask Argo CD to refresh argocd/web-app-staging: the account may not patch" in caplog.text


# --- errors ---


def test_an_error_that_stays_ends_the_wait(story: Story) -> None:
    story.becomes(0, application(conditions=[{"type": "InvalidSpecError", "message": "no such project"}]))

    result = verdict(story, settle="30s")

    assert (result.health, result.reason) == (Health.UNHEALTHY, "InvalidSpecError: no such project")
    assert result.seconds == 30


def test_an_error_from_before_the_push_does_not_count_for_good(story: Story) -> None:
    old = application(conditions=[{"type": "ComparisonError", "message": "no"}], reconciledAt=at(-60))
    story.becomes(0, old).becomes(100, application())

    assert verdict(story).health is Health.HEALTHY


def test_an_error_that_passes_is_forgotten(story: Story) -> None:
    error = {"type": "ComparisonError", "message": "connection refused"}
    story.becomes(0, application(conditions=[error])).becomes(15, application(sync=synced(EARLIER)))
    story.becomes(25, application(conditions=[error])).becomes(50, application())

    assert verdict(story).health is Health.HEALTHY


def test_the_wait_ends_as_soon_as_the_sync_of_our_revision_has_failed(story: Story) -> None:
    story.becomes(0, OLD).becomes(3, application(operationState=operation("Running", finished=None)))
    story.becomes(
        20, application(operationState=operation("Failed", message="field is immutable"), reconciledAt=at(21))
    )

    result = verdict(story)

    assert (result.health, result.seconds) == (Health.UNHEALTHY, 20)
    assert result.reason == "the sync of our revision ended as Failed: field is immutable"


# --- settling, staying, flapping ---


def test_what_looks_unhealthy_while_it_rolls_is_waited_for(story: Story) -> None:
    story.becomes(0, application(health=health("Missing"))).becomes(12, application(health=health("Degraded")))
    story.becomes(25, application())

    result = verdict(story)

    assert (result.health, result.not_healthy) == (Health.HEALTHY, 3)


def test_what_stays_degraded_is_unhealthy_for_good_once_it_had_time_to_settle(story: Story) -> None:
    story.becomes(
        0, application(health=health("Degraded"), resources=[resource("web", "Degraded", "CrashLoopBackOff")])
    )

    result = verdict(story)

    assert (result.health, result.seconds) == (Health.UNHEALTHY, 30)
    assert result.reason == "Degraded (Deployment web/web: Degraded, CrashLoopBackOff)"


def test_the_time_to_settle_begins_when_the_sync_has_ended(story: Story) -> None:
    story.becomes(0, application(operationState=operation("Running", finished=None), health=health("Missing")))
    ended = operation(finished=120)
    story.becomes(120, application(operationState=ended, reconciledAt=at(121), health=health("Missing")))
    story.becomes(140, application(operationState=ended, reconciledAt=at(141)))

    assert verdict(story).health is Health.HEALTHY


def test_the_time_to_settle_is_over_where_it_was_healthy_for_long(story: Story) -> None:
    story.becomes(0, application()).becomes(100, application(health=health("Degraded", 100)))

    result = verdict(story, stable_for="5m")

    assert (result.health, result.seconds) == (Health.UNHEALTHY, 100)


def test_a_later_sync_gives_time_to_settle_anew(story: Story) -> None:
    story.becomes(0, application())
    rolled = {"operationState": operation(revision=LATER, finished=100), "reconciledAt": at(101), "sync": synced(LATER)}
    story.becomes(100, application(health=health("Degraded", 100), **rolled)).becomes(115, application(**rolled))

    assert verdict(story, stable_for="2m").health is Health.HEALTHY


def test_healthy_has_to_last(story: Story) -> None:
    story.becomes(0, application())

    assert verdict(story, stable_for="10s").seconds == 10


def test_flapping_is_not_healthy(story: Story) -> None:
    for moment in range(0, 120, 10):
        story.becomes(moment, application(health=health("Healthy" if moment % 20 else "Progressing")))

    result = verdict(story, deadline="100s", stable_for="15s")

    assert result.health is Health.UNHEALTHY
    assert result.reason.startswith("not healthy within 100s: ")


def test_it_tells_since_when_it_is_healthy(story: Story) -> None:
    story.becomes(0, application(health=health("Healthy", since=6)))

    since = verdict(story).since

    assert since
    assert f"{since:%Y-%m-%dT%H:%M:%SZ}" == at(6)


# --- what it rests on ---


def test_the_verdict_carries_its_evidence(story: Story) -> None:
    story.becomes(0, OLD).becomes(3, application(sync=synced(LATER)))

    assert verdict(story).evidence == {
        "wanted": OURS,
        "application": "argocd/web-app-staging",
        "revisions": [LATER],
        "shown by": "a later commit",
        "sync": "Synced",
        "health": "Healthy",
        "health since": at(6),
        "compared": at(7),
        "operation": "Succeeded",
        "operation ended": at(4),
        "images": ["ghcr.io/acme/web-app:v1.3.0"],
        "refreshes asked for": 1,
    }


# --- manual sync policies ---

RETRY = {"limit": 3, "backoff": {"duration": "5s"}}
MANUAL: Json = {"syncPolicy": {"retry": RETRY, "syncOptions": ["CreateNamespace=true"]}}
OUT_OF_SYNC = application(
    MANUAL, sync=synced(status="OutOfSync"), operationState=operation(revision=EARLIER, finished=-60)
)


def is_synced(story: Story, **status: Any) -> None:
    """Argo CD has taken the operation and ended it."""
    story.api.put(application(MANUAL, **status))


def test_a_manual_policy_is_synced_as_its_application_says(story: Story) -> None:
    story.becomes(0, OUT_OF_SYNC).at(8, lambda: is_synced(story))

    assert verdict(story, sync=True).health is Health.HEALTHY
    assert asked(story) == [
        {
            "initiatedBy": {"username": "promontory"},
            "sync": {"revision": OURS, "syncOptions": ["CreateNamespace=true"]},
            "retry": RETRY,
        }
    ]


def test_several_sources_are_synced_to_all_their_revisions(story: Story) -> None:
    sources = [{"repoURL": "https://git.acme.example/acme/gitops", "path": path} for path in ("a", "b")]
    spec = {"source": None, "sources": sources, "syncPolicy": {}}
    state = {"status": "OutOfSync", "revisions": [OURS, LATER]}
    story.becomes(0, application(spec, sync=state, operationState=None))

    verdict(story, sync=True, deadline="30s")

    (started,) = asked(story)
    assert started == {"initiatedBy": {"username": "promontory"}, "sync": {"revisions": [OURS, LATER]}}


def test_nothing_is_synced_that_was_not_allowed_to_be(story: Story) -> None:
    story.becomes(0, OUT_OF_SYNC)

    result = verdict(story, deadline="1m")

    assert asked(story) == []
    assert result.reason.endswith("its sync policy is manual: sync it, or let Promontory do so with sync: true")


def test_an_automated_policy_is_left_to_argo_cd(story: Story) -> None:
    story.becomes(0, application(sync=synced(status="OutOfSync"), operationState=operation(finished=-60)))

    verdict(story, sync=True, deadline="1m")

    assert asked(story) == []


def test_nothing_is_synced_before_our_revision_is_there(story: Story) -> None:
    story.becomes(0, application(MANUAL, sync=synced(EARLIER, "OutOfSync"), operationState=None))

    verdict(story, sync=True, deadline="1m")

    assert asked(story) == ["normal"]


@pytest.mark.parametrize(
    "running", [{"operation": {"sync": {"revision": EARLIER}}}, {"operationState": operation("Running", EARLIER, None)}]
)
def test_an_operation_that_is_running_is_never_touched(story: Story, running: Json) -> None:
    story.becomes(0, application(MANUAL, sync=synced(status="OutOfSync"), **running))

    result = verdict(story, sync=True, deadline="1m")

    assert result.health is Health.UNHEALTHY
    assert asked(story) == []


def test_an_operation_that_begins_between_look_and_sync_is_never_touched(story: Story) -> None:
    theirs = {"sync": {"revision": EARLIER}, "initiatedBy": {"username": "alice"}}
    story.becomes(0, OUT_OF_SYNC)
    story.api.before("patch", lambda: story.api.change(REF, lambda document: document.update(operation=theirs)))

    verdict(story, sync=True, deadline="30s")

    assert story.api.get(REF)["operation"] == theirs


def test_a_change_by_others_is_no_reason_to_give_up(story: Story) -> None:
    story.becomes(0, OUT_OF_SYNC).at(8, lambda: is_synced(story))
    story.api.before(
        "patch", lambda: story.api.change(REF, lambda document: document["metadata"].update(finalizers=["x"]))
    )

    assert verdict(story, sync=True).health is Health.HEALTHY
    assert len(asked(story)) == 2


def test_a_revision_is_synced_once_whatever_comes_of_it(story: Story) -> None:
    still = {"sync": synced(status="OutOfSync"), "operationState": operation(finished=9), "reconciledAt": at(10)}
    story.becomes(0, OUT_OF_SYNC).at(9, lambda: is_synced(story, **still))

    result = verdict(story, sync=True, deadline="2m")

    assert len(asked(story)) == 1
    assert result.reason.endswith("is OutOfSync at our revision; its sync policy is manual: it was synced already")


def test_a_sync_that_another_run_of_ours_has_done_is_not_done_again(story: Story) -> None:
    story.becomes(0, application(MANUAL, sync=synced(status="OutOfSync")))

    verdict(story, sync=True, deadline="1m")

    assert asked(story) == []


def test_a_sync_that_argo_cd_could_not_do_is_started_again_a_few_times(story: Story) -> None:
    failed = {"sync": synced(status="OutOfSync"), "operationState": operation("Error", message="repository timed out")}
    story.becomes(0, OUT_OF_SYNC)
    for moment in range(5, 200, 10):
        story.at(moment, lambda: is_synced(story, **failed))

    result = verdict(story, sync=True)

    assert len(asked(story)) == 3
    assert (result.health, result.reason) == (
        Health.UNHEALTHY,
        "the sync of our revision ended as Error: repository timed out",
    )


def test_a_sync_that_the_cluster_refused_is_not_started_again(story: Story) -> None:
    failed = {"sync": synced(status="OutOfSync"), "operationState": operation("Failed", message="field is immutable")}
    story.becomes(0, OUT_OF_SYNC).at(5, lambda: is_synced(story, **failed))

    assert verdict(story, sync=True).health is Health.UNHEALTHY
    assert len(asked(story)) == 1


def test_who_may_not_sync_says_so(story: Story) -> None:
    story.api.forbid("patch")
    story.becomes(0, OUT_OF_SYNC)

    result = verdict(story, sync=True, deadline="1m", stable_for="0s")

    assert "a sync is started, which is refused: the account may not patch" in result.reason


# --- several applications, and those that come and go ---


def labelled(name: str, **status: Any) -> Json:
    return application(metadata={"name": name, "uid": name, "labels": {"app": "web", "env": "staging"}}, **status)


SELECTOR = "app=web,env={environment}"


def test_of_several_the_worst_wins_and_each_is_named(story: Story) -> None:
    story.becomes(0, labelled("web-eu")).becomes(0, labelled("web-us", health=health("Degraded")))
    story.becomes(0, labelled("web-ap", health=health("Progressing")))
    story.becomes(
        0, {**labelled("other", health=health("Degraded")), "metadata": {"name": "other", "namespace": "argocd"}}
    )

    result = verdict(story, selector=SELECTOR)

    assert (result.health, result.check) == (Health.UNHEALTHY, "argocd app=web,env=staging")
    assert result.reason == "argocd/web-us: Degraded; argocd/web-ap: Progressing"
    assert list(result.evidence) == ["wanted", "applications", "argocd/web-us", "argocd/web-ap", "argocd/web-eu"]


def test_all_have_to_run_our_revision(story: Story) -> None:
    story.becomes(0, labelled("web-eu")).becomes(0, labelled("web-us", sync=synced(EARLIER)))
    story.becomes(60, labelled("web-us"))

    result = verdict(story, selector=SELECTOR)

    assert (result.health, result.proven, result.reason) == (
        Health.HEALTHY,
        True,
        "2 Applications are Synced and Healthy, 2 times in a row",
    )


def test_no_application_at_all_is_unknown(story: Story) -> None:
    result = verdict(story, selector=SELECTOR, deadline="30s")

    assert (result.health, result.proven) == (Health.UNKNOWN, False)
    assert "there is no Applications argocd/(app=web,env=staging)" in result.reason


def test_one_that_is_made_later_counts(story: Story) -> None:
    story.becomes(0, labelled("web-eu")).becomes(5, labelled("web-us", sync=synced(EARLIER)))

    result = verdict(story, selector=SELECTOR, deadline="1m")

    assert result.health is Health.UNHEALTHY
    assert "argocd/web-us: runs eeeeeeeeeeee" in result.reason


def test_one_that_is_deleted_and_made_anew_is_looked_at_anew(story: Story) -> None:
    story.becomes(0, application(health=health("Degraded")))
    story.at(25, lambda: story.api.delete(REF)).becomes(
        26, application(metadata={"uid": "2"}, health=health("Degraded"))
    )
    story.becomes(50, application(metadata={"uid": "2"}))

    assert verdict(story).health is Health.HEALTHY


def test_one_that_is_being_deleted_for_long_is_unhealthy(story: Story) -> None:
    story.becomes(0, application(metadata={"deletionTimestamp": at(1)}))

    result = verdict(story)

    assert (result.health, result.reason) == (Health.UNHEALTHY, "is being deleted, since 00:00:01")


# --- the API ---


def test_an_account_that_may_not_read_is_told_so_at_once(story: Story) -> None:
    story.api.forbid("get", "list")

    result = verdict(story)

    assert (result.health, result.attempts) == (Health.UNKNOWN, 1)
    assert result.reason.startswith("the account may not get Application argocd/web-app-staging: ")
    assert result.reason.endswith("`kubectl auth can-i get applications.argoproj.io -n argocd` says yes")


def test_an_api_that_is_away_for_a_while_is_waited_for(story: Story) -> None:
    story.becomes(0, application())
    story.api.fail("get", 503, "try later", times=3)

    result = verdict(story)

    assert (result.health, result.errors) == (Health.HEALTHY, 3)


def test_what_the_program_uses_sees_it_too(kubernetes_api: KubernetesApi) -> None:
    """As above, with the program's own clock and eyes."""
    kubernetes_api.put(OLD)
    kubernetes_api.before("patch", lambda: kubernetes_api.put(application()))

    found = asyncio.run(
        watch(
            [check(stable_for="0s", deadline="30s")],
            TARGET,
            facilities(objects=KubernetesObjects(), history=KnownHistory()),
        )
    )

    assert found.healthy

"""Several Applications, those that come and go, and an API that does not always answer."""

from __future__ import annotations

import asyncio

import pytest

from promontory.checks.watch import watch
from promontory.clusters import KubernetesObjects
from promontory.health import Health
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import (
    EARLIER,
    OLD,
    REF,
    TARGET,
    KnownHistory,
    application,
    at,
    health,
    labelled,
    synced,
)
from tests.checks.argocd_stories import Story, check, verdict
from tests.checks.surroundings import facilities


@pytest.fixture
def story(kubernetes_api: KubernetesApi) -> Story:
    return Story(kubernetes_api)


# --- several applications, and those that come and go ---


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

    assert (result.health, result.proven) == (Health.UNHEALTHY, False)
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

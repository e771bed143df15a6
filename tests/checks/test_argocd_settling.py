"""Health that has to settle, has to last, and what the verdict rests on."""

from __future__ import annotations

import pytest

from promontory.health import Health
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import LATER, OLD, OURS, application, at, health, operation, resource, synced
from tests.checks.argocd_stories import Story, verdict


@pytest.fixture
def story(kubernetes_api: KubernetesApi) -> Story:
    return Story(kubernetes_api)


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

"""The argocd check from the push to its verdict, on a clock that jumps: what it asks for, and what it waits for."""

from __future__ import annotations

import logging

import pytest

from promontory.health import Health
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import EARLIER, OLD, application, at, operation, pinned, synced
from tests.checks.argocd_stories import Story, verdict


@pytest.fixture
def story(kubernetes_api: KubernetesApi) -> Story:
    return Story(kubernetes_api)


# --- refreshing ---


def test_a_refresh_is_asked_for_right_after_the_push(story: Story) -> None:
    story.becomes(0, OLD).becomes(3, application())

    result = verdict(story)

    assert (result.health, result.proven) == (Health.HEALTHY, True)
    assert story.asked() == ["normal"]


def test_what_runs_our_revision_already_is_left_alone(story: Story) -> None:
    story.becomes(0, application())

    assert verdict(story).health is Health.HEALTHY
    assert story.asked() == []


def test_nobody_asks_again_before_argo_cd_has_answered(story: Story) -> None:
    story.becomes(0, OLD)  # and Argo CD is away

    result = verdict(story, deadline="5m")

    assert result.health is Health.UNHEALTHY
    assert result.reason == "not healthy within 5m: runs eeeeeeeeeeee, not aaaaaaaaaaaa yet"
    assert story.asked() == ["normal"]


def test_refreshes_that_do_not_help_are_asked_for_more_and_more_seldom(story: Story) -> None:
    story.becomes(0, OLD)
    for moment in range(1, 300):
        story.at(moment, story.refreshed)

    verdict(story, deadline="5m")

    assert story.asked() == ["normal"] * 5  # after 0, 10, 40, 100 and 220 seconds


def test_what_stays_stale_is_refreshed_hard(story: Story) -> None:
    stale = application(reconciledAt=at(1), operationState=operation(finished=4))
    story.becomes(0, stale)
    for moment in (5, 15):
        story.at(moment, story.refreshed)
    story.becomes(20, application())

    assert verdict(story).health is Health.HEALTHY
    assert story.asked() == ["normal", "hard"]


def test_a_failed_rendering_is_kept_by_argo_cd_and_refreshed_hard(story: Story) -> None:
    broken = application(
        conditions=[{"type": "ComparisonError", "message": "rpc error (cached)"}], reconciledAt=at(-60)
    )
    story.becomes(0, broken).at(5, story.refreshed).becomes(15, application())

    assert verdict(story).health is Health.HEALTHY
    assert story.asked() == ["normal", "hard"]


def test_who_may_not_ask_for_a_refresh_waits_for_argo_cd_to_look_by_itself(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.api.forbid("patch")
    story.becomes(0, OLD).becomes(180, application())

    with caplog.at_level(logging.WARNING, "promontory.checks"):
        result = verdict(story)

    assert result.health is Health.HEALTHY
    assert "cannot ask Argo CD to refresh argocd/web-app-staging: the account may not patch" in caplog.text


def test_a_comparison_that_was_seen_to_come_counts_whatever_the_clock_of_argo_cd_says(story: Story) -> None:
    ended = operation(finished=-300)
    story.becomes(0, application(reconciledAt=at(-200), operationState=ended))
    story.becomes(20, application(reconciledAt=at(-180), operationState=ended))

    result = verdict(story, target=pinned())

    assert (result.health, result.seconds) == (Health.HEALTHY, 30)


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

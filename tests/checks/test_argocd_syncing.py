"""Manual sync policies: what is started, how often, and what is never touched."""

from __future__ import annotations

from typing import Any

import pytest

from promontory.health import Health
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import EARLIER, LATER, OURS, REF, Json, application, at, operation, synced
from tests.checks.argocd_stories import Story, verdict


@pytest.fixture
def story(kubernetes_api: KubernetesApi) -> Story:
    return Story(kubernetes_api)


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
    assert story.asked() == [
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

    (started,) = story.asked()
    assert started == {"initiatedBy": {"username": "promontory"}, "sync": {"revisions": [OURS, LATER]}}


def test_nothing_is_synced_that_was_not_allowed_to_be(story: Story) -> None:
    story.becomes(0, OUT_OF_SYNC)

    result = verdict(story, deadline="1m")

    assert story.asked() == []
    assert result.reason.endswith("its sync policy is manual: sync it, or let Promontory do so with sync: true")


def test_an_automated_policy_is_left_to_argo_cd(story: Story) -> None:
    story.becomes(0, application(sync=synced(status="OutOfSync"), operationState=operation(finished=-60)))

    verdict(story, sync=True, deadline="1m")

    assert story.asked() == []


def test_nothing_is_synced_before_our_revision_is_there(story: Story) -> None:
    story.becomes(0, application(MANUAL, sync=synced(EARLIER, "OutOfSync"), operationState=None))

    verdict(story, sync=True, deadline="1m")

    assert story.asked() == ["normal"]


@pytest.mark.parametrize(
    "running", [{"operation": {"sync": {"revision": EARLIER}}}, {"operationState": operation("Running", EARLIER, None)}]
)
def test_an_operation_that_is_running_is_never_touched(story: Story, running: Json) -> None:
    story.becomes(0, application(MANUAL, sync=synced(status="OutOfSync"), **running))

    result = verdict(story, sync=True, deadline="1m")

    assert result.health is Health.UNHEALTHY
    assert story.asked() == []


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
    assert len(story.asked()) == 2


def test_a_revision_is_synced_once_whatever_comes_of_it(story: Story) -> None:
    still = {"sync": synced(status="OutOfSync"), "operationState": operation(finished=9), "reconciledAt": at(10)}
    story.becomes(0, OUT_OF_SYNC).at(9, lambda: is_synced(story, **still))

    result = verdict(story, sync=True, deadline="2m")

    assert len(story.asked()) == 1
    assert result.reason.endswith("is OutOfSync at our revision; its sync policy is manual: it was synced already")


def test_a_sync_that_another_run_of_ours_has_done_is_not_done_again(story: Story) -> None:
    story.becomes(0, application(MANUAL, sync=synced(status="OutOfSync")))

    verdict(story, sync=True, deadline="1m")

    assert story.asked() == []


def test_a_sync_that_argo_cd_could_not_do_is_started_again_a_few_times(story: Story) -> None:
    failed = {"sync": synced(status="OutOfSync"), "operationState": operation("Error", message="repository timed out")}
    story.becomes(0, OUT_OF_SYNC)
    for moment in range(5, 200, 10):
        story.at(moment, lambda: is_synced(story, **failed))

    result = verdict(story, sync=True)

    assert len(story.asked()) == 3
    assert (result.health, result.reason) == (
        Health.UNHEALTHY,
        "the sync of our revision ended as Error: repository timed out",
    )


def test_a_sync_that_the_cluster_refused_is_not_started_again(story: Story) -> None:
    failed = {"sync": synced(status="OutOfSync"), "operationState": operation("Failed", message="field is immutable")}
    story.becomes(0, OUT_OF_SYNC).at(5, lambda: is_synced(story, **failed))

    assert verdict(story, sync=True).health is Health.UNHEALTHY
    assert len(story.asked()) == 1


def test_who_may_not_sync_says_so(story: Story) -> None:
    story.api.forbid("patch")
    story.becomes(0, OUT_OF_SYNC)

    result = verdict(story, sync=True, deadline="1m", stable_for="0s")

    assert "a sync is started, which is refused: the account may not patch" in result.reason

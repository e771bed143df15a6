"""What is kept of what is watched, and which labels a selector is true of."""

from __future__ import annotations

from typing import Any

import pytest

from promontory.clusters.copies import Copy
from promontory.clusters.labels import selects
from promontory.live_objects import DEPLOYMENT, Ref, Selection

WEB = Ref(DEPLOYMENT, "prod", "web-app")


def deployment(version: int, name: str = "web-app", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "prod", "resourceVersion": str(version), "labels": labels}}


def versions(copy: Copy) -> list[str]:
    return [found["metadata"]["resourceVersion"] for found in copy.read(WEB)]


@pytest.mark.parametrize(
    ("selector", "labels", "selected"),
    [
        ("app=web", {"app": "web"}, True),
        ("app==web", {"app": "web"}, True),
        ("app = web , tier=a", {"app": "web", "tier": "a"}, True),
        ("app=web,tier=a", {"app": "web"}, False),
        ("app!=web", {"app": "api"}, True),
        ("app!=web", {}, True),
        ("app!=web", {"app": "web"}, False),
        ("app in (web, api)", {"app": "api"}, True),
        ("app in (web,api),!old", {"app": "api", "old": ""}, False),
        ("app in (web)", {}, False),
        ("app notin (web)", {}, True),
        ("app notin (web)", {"app": "web"}, False),
        ("acme.example/app", {"acme.example/app": ""}, True),
        ("!app", {"app": "web"}, False),
        ("app=", {"app": ""}, True),
        ("", {}, True),
        ("this is no selector", {}, False),
    ],
)
def test_labels_are_selected_as_the_api_does(selector: str, labels: dict[str, str], selected: bool) -> None:
    assert selects(selector)(labels) is selected


def test_an_event_from_before_what_is_known_changes_nothing() -> None:
    copy = Copy(DEPLOYMENT)
    copy.want(WEB)
    copy.prime(WEB, [deployment(10)])

    assert copy.put(deployment(9)) == []
    assert versions(copy) == ["10"]


def test_an_answer_from_before_it_was_deleted_does_not_bring_it_back() -> None:
    copy = Copy(DEPLOYMENT)
    copy.want(WEB)
    copy.remove(deployment(11))

    copy.prime(WEB, [deployment(10)])
    assert versions(copy) == []
    copy.put(deployment(12))
    assert versions(copy) == ["12"], "made again"


def test_a_list_of_a_cluster_that_was_restored_from_a_backup_is_believed() -> None:
    copy = Copy(DEPLOYMENT)
    copy.want(WEB)
    copy.replace([WEB], [deployment(10)], anew=False)

    copy.replace([WEB], [deployment(7)], anew=True)

    assert versions(copy) == ["7"]


def test_what_a_list_does_not_have_is_gone() -> None:
    copy = Copy(DEPLOYMENT)
    copy.want(WEB)
    copy.replace([WEB], [deployment(10)], anew=False)

    assert copy.replace([WEB], [], anew=True)
    assert versions(copy) == []


def test_what_a_list_was_not_made_for_is_not_covered_by_it() -> None:
    copy = Copy(DEPLOYMENT)
    copy.want(WEB)
    copy.want(other := Selection(DEPLOYMENT, "prod", "app=web"))

    copy.replace([WEB], [deployment(10)], anew=False)

    assert (copy.covers(WEB), copy.covers(other)) == (True, False)


def test_what_the_last_one_watched_is_forgotten() -> None:
    copy = Copy(DEPLOYMENT)
    copy.want(WEB)
    copy.want(WEB)
    copy.prime(WEB, [deployment(10)])

    copy.forget(WEB)
    assert versions(copy) == ["10"]
    copy.forget(WEB)
    assert versions(copy) == []
    assert not copy.covers(WEB)


def test_a_selector_that_cannot_be_read_is_never_covered() -> None:
    """Whoever looks asks the API then, which says what is wrong with it."""
    copy = Copy(DEPLOYMENT)
    copy.want(unreadable := Selection(DEPLOYMENT, "prod", "app in web"))

    copy.replace([unreadable], [], anew=False)

    assert not copy.covers(unreadable)

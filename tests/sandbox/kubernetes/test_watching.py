"""Watches, through the real client's `Watch`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiException, CustomObjectsApi
from kubernetes.watch import Watch
from urllib3.exceptions import ProtocolError

from promontory.clusters.api import Call
from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.kubernetes import KubernetesApi, Refusal
from tests.sandbox.kubernetes.conftest import Json, application, client_of, eventually

ARGO = ("argoproj.io", "v1alpha1")
EVERYWHERE = "/apis/argoproj.io/v1alpha1/applications"


def ref(name: str, namespace: str = "argocd") -> Ref:
    return Ref(APPLICATION, namespace, name)


def watching(custom: Any, namespace: str = "", **options: Any) -> Iterator[Json]:
    """The raw events."""
    stream: Iterator[Json]
    if namespace:
        stream = Watch().stream(custom.list_namespaced_custom_object, *ARGO, namespace, "applications", **options)
    else:
        stream = Watch().stream(custom.list_cluster_custom_object, *ARGO, "applications", **options)
    return stream


def told(event: Json) -> tuple[str, str]:
    return event["type"], event["object"]["metadata"]["name"]


def version(custom: Any) -> str:
    found: str = custom.list_cluster_custom_object(*ARGO, "applications")["metadata"]["resourceVersion"]
    return found


def test_a_watch_begins_with_what_is_there_and_tells_what_happens(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a"))
    events = watching(custom, timeout_seconds=20)

    assert told(next(events)) == ("ADDED", "a")
    kubernetes_api.put(application("b"))
    assert told(next(events)) == ("ADDED", "b")
    kubernetes_api.change(ref("a"), lambda document: document["spec"].update(x=1))
    changed = next(events)
    assert (told(changed), changed["object"]["spec"]["x"]) == (("MODIFIED", "a"), 1)
    kubernetes_api.delete(ref("b"))
    assert told(next(events)) == ("DELETED", "b")


def test_from_a_version_on_it_tells_what_has_happened_since(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a"))
    since = version(custom)
    kubernetes_api.put(application("b"))
    kubernetes_api.delete(ref("a"))

    events = watching(custom, timeout_seconds=20, resource_version=since)

    assert [told(next(events)) for _ in range(2)] == [("ADDED", "b"), ("DELETED", "a")]


def test_it_tells_of_its_own_namespace_only(kubernetes_api: KubernetesApi, custom: Any) -> None:
    events = watching(custom, "argocd", timeout_seconds=20, resource_version=version(custom))
    kubernetes_api.put(application("a", "elsewhere"))
    kubernetes_api.put(application("b", "argocd"))

    assert told(next(events)) == ("ADDED", "b")


def test_to_a_selector_what_it_no_longer_selects_is_gone(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a", team="red"))
    events = watching(custom, timeout_seconds=20, label_selector="team=red")

    def paint(name: str, colour: str) -> None:
        kubernetes_api.change(ref(name), lambda document: document["metadata"]["labels"].update(team=colour))

    assert told(next(events)) == ("ADDED", "a")
    kubernetes_api.put(application("b", team="blue"))
    paint("a", "blue")
    assert told(next(events)) == ("DELETED", "a")
    paint("b", "red")
    assert told(next(events)) == ("ADDED", "b")


def test_it_ends_in_order_when_its_time_is_over(custom: Any) -> None:
    response = custom.list_cluster_custom_object(
        *ARGO, "applications", watch=True, timeout_seconds=1, _preload_content=False
    )

    assert list(response) == []


def test_bookmarks_come_to_who_asks_for_them(kubernetes_api: KubernetesApi, custom: Any) -> None:
    options = {"timeout_seconds": 20, "resource_version": version(custom)}
    without, with_bookmarks = watching(custom, **options), watching(custom, **options, allow_watch_bookmarks=True)
    first = threading.Thread(target=lambda: heard.append(next(without)))
    heard: list[Json] = []
    first.start()
    second = threading.Thread(target=lambda: marked.append(next(with_bookmarks)))
    marked: list[Json] = []
    second.start()
    eventually(lambda: kubernetes_api.open_watches()[EVERYWHERE] == 2)

    kubernetes_api.bookmark()
    second.join()
    kubernetes_api.put(application("a"))
    first.join()

    bookmark = marked[0]["raw_object"]
    assert (marked[0]["type"], bookmark["metadata"]["resourceVersion"]) == ("BOOKMARK", options["resource_version"])
    assert told(heard[0]) == ("ADDED", "a")


def test_the_end_of_what_is_there_is_marked(kubernetes_api: KubernetesApi, real: Any) -> None:
    kubernetes_api.put(application("a"))
    query = {"watch": "true", "sendInitialEvents": "true", "allowWatchBookmarks": "true", "timeoutSeconds": 20}

    lines = iter(Call(real, "watch", ref("a"), 30).open("GET", EVERYWHERE, query))

    assert told(json.loads(next(lines))) == ("ADDED", "a")
    marked = json.loads(next(lines))
    assert marked["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_version_that_is_too_old_is_told_as_an_event(kubernetes_api: KubernetesApi, custom: Any) -> None:
    since = version(custom)
    kubernetes_api.compact()

    with pytest.raises(ApiException, match="too old resource version") as caught:
        next(watching(custom, timeout_seconds=20, resource_version=since))

    assert caught.value.status == 410
    response = custom.list_cluster_custom_object(
        *ARGO, "applications", watch=True, resource_version=since, _preload_content=False
    )
    assert response.status == 200
    assert b'"type":"ERROR"' in response.data
    assert b'"reason":"Expired"' in response.data


def test_a_version_that_is_too_old_is_told_as_a_status(kubernetes_api: KubernetesApi, custom: Any) -> None:
    since = version(custom)
    kubernetes_api.compact(as_event=False)

    with pytest.raises(ApiException) as caught:
        custom.list_cluster_custom_object(*ARGO, "applications", watch=True, resource_version=since)

    assert caught.value.status == 410
    assert caught.value.reason == "Gone"


def test_after_a_new_list_a_watch_goes_on(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.compact()
    events = watching(custom, timeout_seconds=20, resource_version=version(custom))

    kubernetes_api.put(application("a"))

    assert told(next(events)) == ("ADDED", "a")


def test_open_watches_are_counted_until_their_clients_are_gone(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a"))
    response = custom.list_cluster_custom_object(*ARGO, "applications", watch=True, _preload_content=False)

    assert next(iter(response))
    assert kubernetes_api.open_watches() == {EVERYWHERE: 1}
    response.close()
    eventually(lambda: not kubernetes_api.open_watches())
    assert kubernetes_api.count("watch", path=EVERYWHERE) == 1


def test_watches_are_broken_off(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a"))
    response = custom.list_cluster_custom_object(*ARGO, "applications", watch=True, _preload_content=False)
    lines = iter(response)
    next(lines)

    kubernetes_api.drop_watches()

    with pytest.raises(ProtocolError):
        list(lines)


def test_watches_are_ended_in_order_with_an_error(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a"))
    response = custom.list_cluster_custom_object(*ARGO, "applications", watch=True, _preload_content=False)
    lines = iter(response)
    next(lines)

    kubernetes_api.drop_watches(error=Refusal(500, "the store has no leader"), in_order=True)

    last = list(lines)
    assert len(last) == 1
    assert b"the store has no leader" in last[0]


def test_a_history_is_not_endless(tmp_path: Path) -> None:
    with KubernetesApi(history=10) as api, client_of(api.kubeconfig(tmp_path / "another")) as real:
        custom = CustomObjectsApi(real)
        since = version(custom)
        for number in range(10):
            api.put(application(f"a{number}"))
        known = [told(event) for event in islice(watching(custom, timeout_seconds=20, resource_version=since), 10)]
        api.put(application("b"))

        with pytest.raises(ApiException, match="too old resource version"):
            next(watching(custom, timeout_seconds=20, resource_version=since))

    assert known == [("ADDED", f"a{number}") for number in range(10)]


def test_the_clients_own_watch_goes_on_where_it_was_ended(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("a"))
    events = watching(custom)
    next(events)

    kubernetes_api.drop_watches(in_order=True)
    kubernetes_api.put(application("b"))

    assert told(next(events)) == ("ADDED", "b")


def test_many_changes_from_many_threads_are_all_told(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put({**application("a"), "spec": {"count": 0}})
    events = watching(custom, timeout_seconds=60)
    next(events)

    def count() -> None:
        for _ in range(50):
            kubernetes_api.change(
                ref("a"), lambda document: document["spec"].update(count=document["spec"]["count"] + 1)
            )

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    counts = [event["object"]["spec"]["count"] for event in islice(events, 200)]

    assert counts == list(range(1, 201))

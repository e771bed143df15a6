"""Get and list, as the real client sees them."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client import ApiException

from promontory.live_objects import APPLICATION, POD, Ref
from promontory.sandbox.kubernetes import KubernetesApi
from tests.sandbox.kubernetes.conftest import Json, application, pod

ARGO = ("argoproj.io", "v1alpha1")


def names(found: Json) -> list[str]:
    return [item["metadata"]["name"] for item in found["items"]]


def test_an_object_is_got_with_what_the_api_gives_it(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.put(application("web-app"))

    found = custom.get_namespaced_custom_object(*ARGO, "argocd", "applications", "web-app")

    assert found["spec"] == {"source": {"targetRevision": "main"}}
    assert found["metadata"]["generation"] == 1
    assert {"uid", "creationTimestamp", "resourceVersion"} <= found["metadata"].keys()


def test_what_is_not_there_is_not_found_in_the_words_of_the_api(custom: Any) -> None:
    with pytest.raises(ApiException) as caught:
        custom.get_namespaced_custom_object(*ARGO, "argocd", "applications", "web-app")

    assert caught.value.status == 404
    assert '"message": "applications.argoproj.io \\"web-app\\" not found"' in caught.value.body
    assert '"reason": "NotFound"' in caught.value.body


def test_a_resource_that_is_not_installed_is_not_found(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.uninstall(APPLICATION)

    with pytest.raises(ApiException, match="could not find the requested resource"):
        custom.list_cluster_custom_object(*ARGO, "applications")


def test_a_list_is_of_a_namespace_or_of_all(kubernetes_api: KubernetesApi, custom: Any) -> None:
    for name, namespace in (("b", "argocd"), ("a", "argocd"), ("c", "apps")):
        kubernetes_api.put(application(name, namespace))

    everywhere = custom.list_cluster_custom_object(*ARGO, "applications")

    assert names(everywhere) == ["c", "a", "b"]
    assert (everywhere["kind"], everywhere["apiVersion"]) == ("ApplicationList", "argoproj.io/v1alpha1")
    assert names(custom.list_namespaced_custom_object(*ARGO, "argocd", "applications")) == ["a", "b"]


def test_core_objects_are_served_too(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("web-app-1"))
    kubernetes_api.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps"}})

    assert core.read_namespaced_pod("web-app-1", "apps").status.phase == "Running"
    assert [item.metadata.name for item in core.list_namespace().items] == ["apps"]
    assert core.read_namespace("apps").metadata.name == "apps"


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=web", ["a", "b"]),
        ("app==web,tier=front", ["a"]),
        ("app!=web", ["c", "d"]),
        ("app in (web, api)", ["a", "b", "c"]),
        ("app in (web,api),tier", ["a", "c"]),
        ("tier notin (front)", ["b", "c", "d"]),
        ("tier", ["a", "c"]),
        ("!tier", ["b", "d"]),
        ("", ["a", "b", "c", "d"]),
    ],
)
def test_a_label_selector_selects(
    kubernetes_api: KubernetesApi, custom: Any, selector: str, expected: list[str]
) -> None:
    labels = {"a": {"app": "web", "tier": "front"}, "b": {"app": "web"}, "c": {"app": "api", "tier": "back"}, "d": {}}
    for name, each in labels.items():
        kubernetes_api.put(application(name, **each))

    assert names(custom.list_cluster_custom_object(*ARGO, "applications", label_selector=selector)) == expected


def test_a_label_selector_that_is_none_is_refused(custom: Any) -> None:
    with pytest.raises(ApiException, match="unable to parse requirement"):
        custom.list_cluster_custom_object(*ARGO, "applications", label_selector="a ~ b")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("metadata.name=a", ["a"]),
        ("metadata.namespace=apps,status.phase!=Running", ["b"]),
        ("status.phase==Running", ["a"]),
        ("spec.nodeName=", ["a", "b"]),
    ],
)
def test_a_field_selector_selects(kubernetes_api: KubernetesApi, core: Any, selector: str, expected: list[str]) -> None:
    kubernetes_api.put(pod("a"))
    kubernetes_api.put(pod("b", "Pending"))

    found = core.list_pod_for_all_namespaces(field_selector=selector)

    assert [item.metadata.name for item in found.items] == expected


def test_pages_are_of_one_version(kubernetes_api: KubernetesApi, custom: Any) -> None:
    for name in "abcde":
        kubernetes_api.put(application(name))

    first = custom.list_cluster_custom_object(*ARGO, "applications", limit=2)
    kubernetes_api.delete(Ref(APPLICATION, "argocd", "d"))
    token = first["metadata"]["continue"]
    second = custom.list_cluster_custom_object(*ARGO, "applications", limit=2, _continue=token)
    token = second["metadata"]["continue"]
    third = custom.list_cluster_custom_object(*ARGO, "applications", limit=2, _continue=token)

    assert [names(page) for page in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert first["metadata"]["remainingItemCount"] == 3
    assert "continue" not in third["metadata"]
    assert len({page["metadata"]["resourceVersion"] for page in (first, second, third)}) == 1


def test_a_page_of_a_history_that_is_compacted_is_gone(kubernetes_api: KubernetesApi, custom: Any) -> None:
    for name in "ab":
        kubernetes_api.put(application(name))
    first = custom.list_cluster_custom_object(*ARGO, "applications", limit=1)

    kubernetes_api.compact()

    with pytest.raises(ApiException) as caught:
        custom.list_cluster_custom_object(*ARGO, "applications", limit=1, _continue=first["metadata"]["continue"])
    assert caught.value.status == 410


def test_a_list_from_the_future_is_refused(custom: Any) -> None:
    with pytest.raises(ApiException, match="Too large resource version") as caught:
        custom.list_cluster_custom_object(*ARGO, "applications", resource_version="999999")
    assert caught.value.status == 504


def test_logs_are_read(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("one"))
    kubernetes_api.put(pod("two", "Running", "main", "side"))
    kubernetes_api.log(Ref(POD, "apps", "one"), "a", "b", "c")
    kubernetes_api.log(Ref(POD, "apps", "two"), "aside", container="side")

    assert core.read_namespaced_pod_log("one", "apps") == "a\nb\nc\n"
    assert core.read_namespaced_pod_log("one", "apps", tail_lines=2) == "b\nc\n"
    assert core.read_namespaced_pod_log("two", "apps", container="side") == "aside\n"


def test_a_log_of_several_containers_wants_one_named(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("two", "Running", "main", "side"))

    with pytest.raises(ApiException, match=r"choose one of: \[main side\]") as caught:
        core.read_namespaced_pod_log("two", "apps")
    assert caught.value.status == 400
    with pytest.raises(ApiException, match="container other is not valid for pod two"):
        core.read_namespaced_pod_log("two", "apps", container="other")


def test_a_container_that_has_not_started_has_no_log(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("one", "Pending"))

    with pytest.raises(ApiException, match="is waiting to start: ContainerCreating"):
        core.read_namespaced_pod_log("one", "apps")


def test_a_log_is_followed_until_it_ends(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("one"))
    kubernetes_api.log(Ref(POD, "apps", "one"), "a")
    response = core.read_namespaced_pod_log("one", "apps", follow=True, _preload_content=False)
    lines = iter(response)

    assert next(lines) == b"a\n"
    kubernetes_api.log(Ref(POD, "apps", "one"), "b")
    assert next(lines) == b"b\n"
    kubernetes_api.log(Ref(POD, "apps", "one"), end=True)
    assert list(lines) == []

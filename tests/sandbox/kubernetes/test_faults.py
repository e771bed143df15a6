"""What goes wrong on purpose, and what is forbidden."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError

from promontory.clusters import KubernetesObjects
from promontory.errors import ClusterError, ObjectConflict, ObjectNotFound, TransientError
from promontory.live_objects import APPLICATION, POD, Ref, Selection
from promontory.sandbox.kubernetes import CLUSTER_WIDE, KubernetesApi, Refusal
from tests.sandbox.kubernetes.conftest import application, pod

ARGO = ("argoproj.io", "v1alpha1")
WEB_APP = Ref(APPLICATION, "argocd", "web-app")


def listed(custom: Any) -> Any:
    return custom.list_cluster_custom_object(*ARGO, "applications")


def test_the_next_calls_of_a_verb_fail(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.fail("list", 429, "too many", times=2, retry_after=7)

    for _ in range(2):
        with pytest.raises(ApiException) as caught:
            listed(custom)
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "7")
    assert listed(custom)["items"] == []


def test_another_verb_and_another_resource_do_not_fail(kubernetes_api: KubernetesApi, custom: Any, core: Any) -> None:
    kubernetes_api.fail("get", 500)
    kubernetes_api.fail("list", 500, resource=POD)

    assert listed(custom)["items"] == []
    with pytest.raises(ApiException, match="500"):
        core.list_pod_for_all_namespaces()


def test_a_slow_answer_is_not_waited_for(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.slow("list", 30)

    with pytest.raises(HTTPError):
        custom.list_cluster_custom_object(*ARGO, "applications", _request_timeout=0.1)

    assert listed(custom)["items"] == []


def test_what_is_done_may_not_be_answered(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.lose("create")

    with pytest.raises(ProtocolError):
        custom.create_namespaced_custom_object(*ARGO, "argocd", "applications", application("web-app"))

    assert len(listed(custom)["items"]) == 1


def test_something_happens_just_before(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.before("list", lambda: kubernetes_api.put(application("web-app")))

    assert len(listed(custom)["items"]) == 1


def test_a_server_that_is_away_refuses_and_comes_back_with_all_it_had(
    kubernetes_api: KubernetesApi, custom: Any
) -> None:
    kubernetes_api.put(application("web-app"))
    response = custom.list_cluster_custom_object(*ARGO, "applications", watch=True, _preload_content=False)
    lines = iter(response)
    next(lines)

    with kubernetes_api.away():
        with pytest.raises(ProtocolError):
            list(lines)
        with pytest.raises(NewConnectionError):
            listed(custom)

    assert len(listed(custom)["items"]) == 1


def test_who_has_another_token_is_not_known(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.rotate("another")

    with pytest.raises(ApiException) as caught:
        listed(custom)

    assert (caught.value.status, caught.value.reason) == (401, "Unauthorized")


def test_a_kubeconfig_is_its_owners(kubernetes_api: KubernetesApi, tmp_path: Path) -> None:
    path = kubernetes_api.kubeconfig(tmp_path / "mine", context="europe")

    assert path.stat().st_mode & 0o077 == 0
    assert "current-context: europe" in path.read_text()


def test_what_asks_for_all_namespaces_is_forbidden_alone(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.forbid("list", "watch", resource=APPLICATION, namespace=CLUSTER_WIDE)

    for watch in (False, True):
        with pytest.raises(ApiException) as caught:
            custom.list_cluster_custom_object(*ARGO, "applications", watch=watch)
        assert caught.value.status == 403
    assert (
        'User \\"robot\\" cannot watch resource \\"applications\\" in API group \\"argoproj.io\\" at the cluster scope'
        in caught.value.body
    )
    assert custom.list_namespaced_custom_object(*ARGO, "argocd", "applications")["items"] == []


def test_a_namespace_is_forbidden_until_it_is_healed(kubernetes_api: KubernetesApi, custom: Any) -> None:
    kubernetes_api.forbid(namespace="argocd")

    with pytest.raises(ApiException, match="in the namespace"):
        custom.list_namespaced_custom_object(*ARGO, "argocd", "applications")
    kubernetes_api.heal()
    assert custom.list_namespaced_custom_object(*ARGO, "argocd", "applications")["items"] == []


async def _calls(objects: KubernetesObjects, api: KubernetesApi) -> None:
    created = await objects.create(APPLICATION, application("web-app"))
    assert (await objects.get(WEB_APP)) == created
    await objects.patch(WEB_APP, {"spec": {"x": 1}})
    with pytest.raises(ObjectConflict):
        await objects.create(APPLICATION, application("web-app"))
    with pytest.raises(ObjectConflict):
        await objects.patch(WEB_APP, [{"op": "test", "path": "/spec/x", "value": 2}])
    api.fail("get", 503, retry_after=3)
    with pytest.raises(TransientError) as caught:
        await objects.get(WEB_APP)
    assert caught.value.retry_after == 3
    assert len(await objects.select(Selection(APPLICATION, "argocd", "a!=b"))) == 1
    api.forbid("delete")
    with pytest.raises(ClusterError, match="may not delete"):
        await objects.delete(WEB_APP)
    api.heal()
    await objects.delete(WEB_APP)
    with pytest.raises(ObjectNotFound):
        await objects.get(WEB_APP)
    api.put(pod("one"))
    api.log(Ref(POD, "apps", "one"), "first", "last", end=True)
    assert [line async for line in objects.log(Ref(POD, "apps", "one"))] == ["first", "last"]


def test_our_own_door_finds_its_way(kubernetes_api: KubernetesApi) -> None:
    asyncio.run(_calls(KubernetesObjects(), kubernetes_api))

    assert kubernetes_api.count("create") == 2
    assert kubernetes_api.requests[0].path == "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


def test_a_refusal_of_a_hook_is_the_answer(kubernetes_api: KubernetesApi, custom: Any) -> None:
    def refuse() -> None:
        raise Refusal(418, "short and stout")

    kubernetes_api.before("*", refuse)

    with pytest.raises(ApiException, match="short and stout"):
        listed(custom)

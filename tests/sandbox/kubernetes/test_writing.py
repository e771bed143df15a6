"""Create, replace, patch and delete, as the real client sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kubernetes.client import ApiException, BatchV1Api

from promontory.clusters.api import Call
from promontory.errors import ClusterError
from promontory.live_objects import APPLICATION, DEPLOYMENT, POD, Ref
from promontory.sandbox.kubernetes import KubernetesApi, Refusal
from tests.sandbox.kubernetes.conftest import Json, application, owned_by, pod

ARGO = ("argoproj.io", "v1alpha1")
WHERE = (*ARGO, "argocd", "applications")
WEB_APP = Ref(APPLICATION, "argocd", "web-app")
MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"


@pytest.fixture
def web_app(kubernetes_api: KubernetesApi) -> Json:
    return kubernetes_api.put(application("web-app"))


def patch(custom: Any, body: object, content_type: str = MERGE, name: str = "web-app") -> Json:
    patched: Json = custom.patch_namespaced_custom_object(*WHERE, name, body, _content_type=content_type)
    return patched


def refused(status: int, call: Any, *arguments: Any, **options: Any) -> Json:
    with pytest.raises(ApiException) as caught:
        call(*arguments, **options)
    assert caught.value.status == status
    answer: Json = json.loads(caught.value.body)
    assert (answer["kind"], answer["code"]) == ("Status", status)
    return answer


def test_an_object_is_created_once(custom: Any) -> None:
    created = custom.create_namespaced_custom_object(*WHERE, application("web-app"))

    answer = refused(409, custom.create_namespaced_custom_object, *WHERE, application("web-app"))

    assert created["metadata"]["uid"]
    assert created["metadata"]["generation"] == 1
    assert answer["reason"] == "AlreadyExists"
    assert answer["message"] == 'applications.argoproj.io "web-app" already exists'


def test_a_name_is_generated(custom: Any) -> None:
    document = application("")
    document["metadata"] = {"generateName": "web-app-"}

    made = {custom.create_namespaced_custom_object(*WHERE, document)["metadata"]["name"] for _ in range(2)}

    assert len(made) == 2
    assert all(name.startswith("web-app-") and len(name) == len("web-app-") + 5 for name in made)


@pytest.mark.parametrize(
    ("metadata", "status", "message"),
    [
        ({}, 422, "name or generateName is required"),
        ({"name": "Web_App"}, 422, "lowercase RFC 1123"),
        ({"name": "web-app", "namespace": "apps"}, 400, "the namespace of the provided object does not match"),
    ],
)
def test_an_object_that_the_api_would_not_take_is_refused(
    custom: Any, metadata: Json, status: int, message: str
) -> None:
    document = {**application("web-app"), "metadata": metadata}

    assert message in refused(status, custom.create_namespaced_custom_object, *WHERE, document)["message"]


def test_clients_do_not_set_what_is_the_apis(custom: Any) -> None:
    document = application("web-app")
    document["metadata"] |= {"uid": "mine", "generation": 7}

    metadata = custom.create_namespaced_custom_object(*WHERE, document)["metadata"]

    assert metadata["uid"] != "mine"
    assert metadata["generation"] == 1


def test_a_merge_patch_merges(web_app: Json, custom: Any) -> None:
    patched = patch(custom, {"metadata": {"annotations": {"a": "1", "b": None}}, "spec": {"source": {"path": "apps"}}})

    assert patched["metadata"]["annotations"] == {"a": "1"}
    assert patched["spec"]["source"] == {"targetRevision": "main", "path": "apps"}
    assert patch(custom, {"spec": {"source": None}})["spec"] == {}


def test_a_json_patch_is_done_as_a_whole_or_not(web_app: Json, custom: Any, kubernetes_api: KubernetesApi) -> None:
    path = "/spec/source/targetRevision"
    operations = [{"op": "add", "path": "/spec/x", "value": 1}, {"op": "test", "path": path, "value": "other"}]

    refused(422, patch, custom, operations, JSON_PATCH)

    assert kubernetes_api.get(WEB_APP) == web_app
    operations[1]["value"] = "main"
    assert patch(custom, operations, JSON_PATCH)["spec"]["x"] == 1


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/spec/list/-", "value": 3}, [1, 2, 3]),
        ({"op": "add", "path": "/spec/list/0", "value": 0}, [0, 1, 2]),
        ({"op": "add", "path": "/spec/list/2", "value": 3}, [1, 2, 3]),
        ({"op": "replace", "path": "/spec/list/1", "value": 3}, [1, 3]),
        ({"op": "remove", "path": "/spec/list/0"}, [2]),
        ({"op": "copy", "from": "/spec/list/0", "path": "/spec/list/-"}, [1, 2, 1]),
        ({"op": "move", "from": "/spec/list/0", "path": "/spec/list/1"}, [2, 1]),
        ({"op": "add", "path": "/spec/list/9", "value": 3}, None),
        ({"op": "replace", "path": "/spec/list/-", "value": 3}, None),
        ({"op": "replace", "path": "/spec/missing", "value": 3}, None),
        ({"op": "remove", "path": "/spec/list/-1"}, None),
        ({"op": "test", "path": "/spec/list/0", "value": True}, None),
        ({"op": "dance", "path": "/spec/list"}, None),
        ({"op": "add", "path": "spec"}, None),
    ],
)
def test_each_operation_of_a_json_patch(
    kubernetes_api: KubernetesApi, custom: Any, operation: Any, expected: list[int] | None
) -> None:
    kubernetes_api.put({**application("web-app"), "spec": {"list": [1, 2]}})

    if expected is None:
        refused(422, patch, custom, [operation], JSON_PATCH)
    else:
        assert patch(custom, [operation], JSON_PATCH)["spec"]["list"] == expected


def test_a_key_with_a_slash_is_patched(web_app: Json, custom: Any) -> None:
    patch(custom, {"metadata": {"annotations": {"a/b~c": "1"}}})

    path = "/metadata/annotations/a~1b~0c"
    patched = patch(custom, [{"op": "replace", "path": path, "value": "2"}], JSON_PATCH)

    assert patched["metadata"]["annotations"] == {"a/b~c": "2"}


def test_a_patch_of_another_version_conflicts(web_app: Json, custom: Any, kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.change(WEB_APP, lambda document: document["spec"].update(x=1))

    answer = refused(409, patch, custom, {"metadata": {"resourceVersion": web_app["metadata"]["resourceVersion"]}})

    assert answer["reason"] == "Conflict"
    assert "the object has been modified" in answer["message"]


def test_an_object_is_replaced_where_it_is_what_it_was(web_app: Json, custom: Any) -> None:
    mine = {**web_app, "spec": {"source": {"targetRevision": "v1"}}}

    replaced = custom.replace_namespaced_custom_object(*WHERE, "web-app", mine)

    assert replaced["spec"]["source"]["targetRevision"] == "v1"
    refused(409, custom.replace_namespaced_custom_object, *WHERE, "web-app", {**mine, "spec": {}})


def test_a_strategic_merge_patch_is_not_known(kubernetes_api: KubernetesApi, web_app: Json, custom: Any) -> None:
    answer = refused(415, patch, custom, {}, "application/strategic-merge-patch+json")

    assert answer["reason"] == "UnsupportedMediaType"


def test_a_patch_that_changes_nothing_is_no_change(web_app: Json, custom: Any) -> None:
    assert patch(custom, {"spec": {"source": {"targetRevision": "main"}}}) == web_app


def test_the_generation_rises_with_the_spec_alone(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("web-app"))

    def generation(body: Json) -> int:
        options = {"_content_type": MERGE}
        found: int = core.patch_namespaced_pod("web-app", "apps", body, **options).metadata.generation
        return found

    assert generation({"metadata": {"labels": {"a": "b"}}}) == 1
    assert generation({"spec": {"nodeName": "one"}}) == 2


def test_the_status_has_a_path_of_its_own(kubernetes_api: KubernetesApi, core: Any) -> None:
    kubernetes_api.put(pod("web-app"))
    body = {"status": {"phase": "Failed"}, "spec": {"nodeName": "one"}}

    by_status = core.patch_namespaced_pod_status("web-app", "apps", body, _content_type=MERGE)

    assert (by_status.status.phase, by_status.spec.node_name, by_status.metadata.generation) == ("Failed", None, 1)
    by_object = core.patch_namespaced_pod("web-app", "apps", {"status": {"phase": "Running"}}, _content_type=MERGE)
    assert by_object.status.phase == "Failed"


def test_an_application_has_its_status_in_the_open(web_app: Json, custom: Any) -> None:
    # Argo CD's definition has no status subresource, so that the generation counts changes of the status, too.
    patched = patch(custom, {"status": {"sync": {"status": "Synced"}}})

    assert patched["status"]["sync"]["status"] == "Synced"
    assert patched["metadata"]["generation"] == 2
    refused(404, custom.patch_namespaced_custom_object_status, *WHERE, "web-app", {}, _content_type=MERGE)


def test_a_deleted_object_is_gone_and_what_it_owns(kubernetes_api: KubernetesApi, core: Any, custom: Any) -> None:
    owner = kubernetes_api.put(application("web-app"))
    kubernetes_api.put(owned_by(owner, pod("owned")))
    kubernetes_api.put(pod("another"))

    answer = custom.delete_namespaced_custom_object(*WHERE, "web-app", propagation_policy="Background")

    assert answer["status"] == "Success"
    assert [item.metadata.name for item in core.list_pod_for_all_namespaces().items] == ["another"]
    refused(404, custom.delete_namespaced_custom_object, *WHERE, "web-app")


def test_a_job_is_made_and_deleted_by_the_typed_client(real: Any) -> None:
    batch = BatchV1Api(real)
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox"}]}}
    job = {"metadata": {"generateName": "smoke-"}, "spec": {"template": template}}

    created = batch.create_namespaced_job("apps", job)

    assert batch.read_namespaced_job(created.metadata.name, "apps").spec == created.spec
    batch.delete_namespaced_job(created.metadata.name, "apps", propagation_policy="Foreground")
    assert batch.list_namespaced_job("apps").items == []


def test_orphans_are_left(kubernetes_api: KubernetesApi, core: Any, custom: Any) -> None:
    owner = kubernetes_api.put(application("web-app"))
    kubernetes_api.put(owned_by(owner, pod("owned")))

    custom.delete_namespaced_custom_object(*WHERE, "web-app", body={"propagationPolicy": "Orphan"})

    assert core.list_pod_for_all_namespaces().items


def test_a_precondition_that_does_not_hold_conflicts(web_app: Json, custom: Any) -> None:
    body = {"preconditions": {"uid": "another"}}

    assert (
        "Precondition failed"
        in refused(409, custom.delete_namespaced_custom_object, *WHERE, "web-app", body=body)["message"]
    )


def test_a_finalizer_holds_the_end_up(kubernetes_api: KubernetesApi, web_app: Json, custom: Any) -> None:
    kubernetes_api.change(WEB_APP, lambda document: document["metadata"].update(finalizers=["acme.example/wait"]))

    custom.delete_namespaced_custom_object(*WHERE, "web-app")

    assert kubernetes_api.get(WEB_APP)["metadata"]["deletionTimestamp"]
    patch(custom, {"metadata": {"finalizers": None}})
    with pytest.raises(Refusal, match="not found"):
        kubernetes_api.get(WEB_APP)


def test_a_body_that_is_no_object_is_refused(kubernetes_api: KubernetesApi, real: Any) -> None:
    path = "/api/v1/namespaces/apps/pods"
    with pytest.raises(ClusterError, match=r"HTTP 400\): the object provided is unrecognized: it has no metadata"):
        Call(real, "create", Ref(POD, "apps", "x"), 5).json("POST", path, None, [1])


def test_what_a_test_puts_and_changes_keeps_generations_and_identity(kubernetes_api: KubernetesApi) -> None:
    ref = Ref(DEPLOYMENT, "apps", "web-app")
    document = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": "apps", "name": "web-app"},
        "spec": {"replicas": 1},
    }
    first = kubernetes_api.put(document)

    second = kubernetes_api.put({**document, "spec": {"replicas": 2}, "status": {"observedGeneration": 1}})
    third = kubernetes_api.change(ref, lambda found: found["status"].update(observedGeneration=2))
    fourth = kubernetes_api.change(ref, lambda found: found["metadata"].update(generation=9))

    assert len({each["metadata"]["uid"] for each in (first, second, third, fourth)}) == 1
    assert [each["metadata"]["generation"] for each in (first, second, third, fourth)] == [1, 2, 2, 9]


def test_a_copy_is_handed_out(kubernetes_api: KubernetesApi, web_app: Json) -> None:
    kubernetes_api.get(WEB_APP)["spec"].clear()
    web_app["spec"].clear()

    assert kubernetes_api.get(WEB_APP)["spec"]


def test_what_is_deleted_without_being_there_is_nothing(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.delete(Ref(POD, "apps", "nobody"))

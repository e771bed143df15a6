"""A field of a live Application, through the real client: what is read, moved, refused, and said about it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from promontory.change import FieldMove, LiveField
from promontory.clusters import KubernetesClusters
from promontory.errors import ClusterError, PlanChanged, TransientError
from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.kubernetes import TOKEN, KubernetesApi
from tests.clusters.applications import point, put_application, spec_of
from tests.exchange.certificates import Authority

PLACE = {"namespace": "argocd", "name": "web-app-staging"}
REVISION = LiveField(**PLACE, path="spec.source.targetRevision")
MOVE = FieldMove(**PLACE, path=REVISION.path, before="v1.0.0-staging", after="v1.1.0-staging")


@pytest.fixture(autouse=True)
def _application(cluster: KubernetesApi) -> None:
    put_application(cluster, "web-app-staging", {"source": {"targetRevision": "v1.0.0-staging", "path": "apps"}})


def revision(cluster: KubernetesApi) -> str:
    found: str = spec_of(cluster, "web-app-staging")["source"]["targetRevision"]
    return found


def test_a_field_is_read() -> None:
    assert KubernetesClusters().read(REVISION) == "v1.0.0-staging"


def test_a_field_is_moved_and_nothing_else_is(cluster: KubernetesApi) -> None:
    KubernetesClusters().move(MOVE)

    assert spec_of(cluster, "web-app-staging") == {"source": {"targetRevision": "v1.1.0-staging", "path": "apps"}}


def test_moved_twice_it_is_patched_once(cluster: KubernetesApi) -> None:
    clusters = KubernetesClusters()

    clusters.move(MOVE)
    clusters.move(MOVE)

    assert cluster.count("patch") == 1


def test_a_source_of_several_is_moved(cluster: KubernetesApi) -> None:
    put_application(
        cluster, "web-app-staging", {"sources": [{"targetRevision": "1"}, {"targetRevision": "2", "ref": "x"}]}
    )

    for path, before in (("spec.sources[1].targetRevision", "2"), ("spec.sources[ref=x].targetRevision", "3")):
        KubernetesClusters().move(FieldMove(**PLACE, path=path, before=before, after=str(int(before) + 1)))

    assert [source["targetRevision"] for source in spec_of(cluster, "web-app-staging")["sources"]] == ["1", "4"]


def test_a_key_with_a_slash_is_found(cluster: KubernetesApi) -> None:
    put_application(cluster, "web-app-staging", {"info": {"a/b~c": "1"}})

    KubernetesClusters().move(FieldMove(**PLACE, path='spec.info."a/b~c"', before="1", after="2"))

    assert spec_of(cluster, "web-app-staging")["info"] == {"a/b~c": "2"}


def test_what_somebody_else_has_set_is_not_overwritten(cluster: KubernetesApi) -> None:
    point(cluster, "web-app-staging", "main")

    with pytest.raises(PlanChanged) as caught:
        KubernetesClusters().move(MOVE)

    assert caught.value.message == (
        "somebody else set spec.source.targetRevision of the Application argocd/web-app-staging to 'main': "
        "it was 'v1.0.0-staging', and was to become 'v1.1.0-staging'"
    )
    assert revision(cluster) == "main"


def test_what_somebody_else_sets_at_the_very_moment_is_not_overwritten(cluster: KubernetesApi) -> None:
    cluster.before("patch", lambda: point(cluster, "web-app-staging", "main"))

    with pytest.raises(PlanChanged, match=r"somebody else set .* to 'main'"):
        KubernetesClusters().move(MOVE)

    assert revision(cluster) == "main"


def test_where_somebody_else_sets_the_same_at_the_very_moment_it_is_done(cluster: KubernetesApi) -> None:
    cluster.before("patch", lambda: point(cluster, "web-app-staging", "v1.1.0-staging"))

    KubernetesClusters().move(MOVE)

    assert revision(cluster) == "v1.1.0-staging"


def test_a_list_that_was_sorted_anew_meanwhile_is_not_patched_in_the_wrong_place(cluster: KubernetesApi) -> None:
    sources = [{"ref": "x", "targetRevision": "1"}, {"ref": "y", "targetRevision": "1"}]
    put_application(cluster, "web-app-staging", {"sources": sources})
    ref = Ref(APPLICATION, "argocd", "web-app-staging")
    cluster.before("patch", lambda: cluster.change(ref, lambda document: document["spec"]["sources"].reverse()))

    with pytest.raises(ClusterError, match=r"refuses to patch .* \(HTTP 422\)"):
        KubernetesClusters().move(FieldMove(**PLACE, path="spec.sources[ref=x].targetRevision", before="1", after="2"))

    assert [source["targetRevision"] for source in spec_of(cluster, "web-app-staging")["sources"]] == ["1", "1"]


def test_a_conflict_with_another_writer_may_be_tried_again(cluster: KubernetesApi) -> None:
    cluster.fail("patch", 409, "the object has been modified")

    with pytest.raises(TransientError, match="somebody else is writing to the object"):
        KubernetesClusters().move(MOVE)
    KubernetesClusters().move(MOVE)

    assert revision(cluster) == "v1.1.0-staging"


def test_a_patch_that_an_admission_policy_refuses_says_so(cluster: KubernetesApi) -> None:
    cluster.fail("patch", 422, "policy: revisions must be signed")

    with pytest.raises(ClusterError) as caught:
        KubernetesClusters().move(MOVE)

    assert caught.value.message == (
        "the Kubernetes API refuses to patch Application argocd/web-app-staging (HTTP 422): "
        "policy: revisions must be signed"
    )


@pytest.mark.parametrize(
    ("status", "message", "remedy"),
    [
        (401, "the Kubernetes API does not accept the credentials: no", "check the user of the kubeconfig's context"),
        (
            403,
            "the account may not get Application argocd/web-app-staging: no",
            "can-i get applications.argoproj.io -n argocd`",
        ),
        (404, "the cluster has no Application argocd/web-app-staging: no", "is Argo CD installed there?"),
        (418, "the Kubernetes API refuses to get Application argocd/web-app-staging (HTTP 418): no", ""),
    ],
)
def test_a_refusal_says_what_to_do(cluster: KubernetesApi, status: int, message: str, remedy: str) -> None:
    cluster.fail("get", status)

    with pytest.raises(ClusterError) as caught:
        KubernetesClusters().read(REVISION)

    assert caught.value.message == message
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_cannot_now_is_asked_again_by_the_caller(cluster: KubernetesApi, status: int) -> None:
    cluster.fail("get", status, retry_after=7)

    with pytest.raises(TransientError, match=f"answered HTTP {status}") as caught:
        KubernetesClusters().read(REVISION)

    assert caught.value.retry_after == 7
    assert cluster.count() == 1, "retrying is the caller's business"


def test_a_patch_that_may_not_be_made_says_so(cluster: KubernetesApi) -> None:
    cluster.fail("patch", 403, "User robot cannot patch")

    with pytest.raises(ClusterError, match=r"the account may not patch Application .*: User robot cannot patch"):
        KubernetesClusters().move(MOVE)


def test_a_slow_answer_is_given_up(cluster: KubernetesApi) -> None:
    cluster.slow("get", 2)

    with pytest.raises(TransientError, match=r"did not answer within 0\.2 s"):
        KubernetesClusters(timeout=0.2).read(REVISION)


def test_a_patch_whose_answer_was_lost_is_found_done(cluster: KubernetesApi) -> None:
    clusters = KubernetesClusters(timeout=0.5)
    cluster.slow("patch", 1)
    with pytest.raises(TransientError):
        clusters.move(MOVE)

    KubernetesClusters().move(MOVE)

    assert revision(cluster) == "v1.1.0-staging"


def test_a_cluster_that_is_not_there_cannot_be_reached(
    cluster: KubernetesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (tmp_path / "kubeconfig").read_text().replace(cluster.url, "http://localhost:1")
    (tmp_path / "kubeconfig").write_text(text)

    with pytest.raises(TransientError, match="the Kubernetes API cannot be reached"):
        KubernetesClusters().read(REVISION)


def test_wrong_credentials_are_told_and_not_shown(
    cluster: KubernetesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "other", token="wr0ng-s3cret")))
    caplog.set_level(logging.DEBUG)

    with pytest.raises(ClusterError, match="does not accept the credentials") as caught:
        KubernetesClusters().read(REVISION)

    assert "wr0ng-s3cret" not in str(caught.value) + caplog.text


def test_a_token_that_is_quoted_is_not_told(cluster: KubernetesApi) -> None:
    cluster.fail("get", 401, f"bad token {TOKEN}")

    with pytest.raises(ClusterError, match=r"does not accept the credentials: bad token \*\*\*"):
        KubernetesClusters().read(REVISION)


def test_the_token_is_in_no_log(cluster: KubernetesApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "promontory")

    KubernetesClusters().move(MOVE)

    assert TOKEN not in caplog.text
    told = f"live: set {REVISION}: v1.0.0-staging → v1.1.0-staging"
    assert told in caplog.messages, "a narrator shows what comes before the first colon as the step"


def test_a_context_that_is_not_there_is_named() -> None:
    with pytest.raises(ClusterError, match=r"the kubeconfig \(context europe\) cannot be used: .*europe"):
        KubernetesClusters().read(REVISION.model_copy(update={"context": "europe"}))


def test_the_named_context_is_used(cluster: KubernetesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = cluster.kubeconfig(tmp_path / "first", context="elsewhere", token="nobody's")
    ours = cluster.kubeconfig(tmp_path / "second", context="europe")
    ours.write_text(ours.read_text().replace("robot", "europe-robot"))
    monkeypatch.setenv("KUBECONFIG", f"{other}:{ours}")

    assert KubernetesClusters().read(REVISION.model_copy(update={"context": "europe"})) == "v1.0.0-staging"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("users:", "users: [", "of it is no YAML"),
        ("token: ", "auth-provider: {name: oidc, config: {}}\n    token: ", "Expected key id-token"),
        ("server: ", "server: [1]\n    other: ", "not what a kubeconfig looks like"),
        ("contexts:", "contexts: 7\nothers:", "not what a kubeconfig looks like"),
    ],
)
def test_a_damaged_kubeconfig_is_told_and_none_of_its_secrets(
    cluster: KubernetesApi, tmp_path: Path, before: str, after: str, told: str
) -> None:
    text = (tmp_path / "kubeconfig").read_text()
    assert before in text
    (tmp_path / "kubeconfig").write_text(text.replace(before, after, 1))

    with pytest.raises(ClusterError, match=r"the kubeconfig \(context by default\) cannot be used") as caught:
        KubernetesClusters().read(REVISION)

    assert told in caught.value.message
    assert TOKEN not in str(caught.value)


def test_without_a_kubeconfig_it_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nothing"))

    with pytest.raises(ClusterError, match=r"the kubeconfig .* cannot be used") as caught:
        KubernetesClusters().read(REVISION)

    assert "set KUBECONFIG" in caught.value.remedy


def test_a_certificate_that_is_not_trusted_is_told(cluster: KubernetesApi, tmp_path: Path) -> None:
    certified = Authority(tmp_path).server_context("127.0.0.1")
    with HTTPServer(host="127.0.0.1", ssl_context=certified) as server:
        text = (tmp_path / "kubeconfig").read_text().replace(cluster.url, server.url_for("").rstrip("/"))
        (tmp_path / "kubeconfig").write_text(text)

        with pytest.raises(TransientError, match=r"cannot be reached .*certificate verify failed"):
            KubernetesClusters().read(REVISION)


def test_a_service_account_that_is_not_mounted_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")

    with pytest.raises(ClusterError, match="the cluster it runs in cannot be used"):
        KubernetesClusters().read(REVISION)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "spec.source.targetRevisoin",
            "the Application argocd/web-app-staging has no spec.source.targetRevisoin; did you mean",
        ),
        ("spec.sources[0].targetRevision", "has no spec.sources[0].targetRevision"),
        ("spec.source", "spec.source of the Application argocd/web-app-staging is not a text"),
    ],
)
def test_a_field_that_is_not_there_is_a_clear_error(path: str, message: str) -> None:
    with pytest.raises(ClusterError) as caught:
        KubernetesClusters().read(LiveField(**PLACE, path=path))

    assert message.partition(";")[0] in caught.value.message
    assert "correct key:" in caught.value.remedy

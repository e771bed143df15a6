"""What only others know is asked for in a short time; what they do not answer is said, and the rest is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from promontory.clock import SystemClock
from promontory.clusters import KubernetesObjects
from promontory.config import load
from promontory.errors import TransientError
from promontory.promotion.explaining.explain import Asked, concluded, explain
from promontory.promotion.explaining.live import look
from promontory.promotion.explaining.values import Explanation
from promontory.promotion.vocabulary import VOCABULARY
from promontory.promotion.workspace import Workspace
from promontory.repository import create_bare
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.git_source import GitSource
from promontory.sandbox.kubernetes import KubernetesApi
from tests.e2e.processes import eventually
from tests.promotion.explaining.asking import asked, commands
from tests.promotion.forges import AUTO, WAIT, MakeProposer
from tests.promotion.test_verified_by_argocd import CONFIGURATION, REF
from tests.promotion.world import KUSTOMIZATION, Hops, World, path_of


def looked(workspace: Workspace, seen: Explanation, seconds: float = 5) -> Explanation:
    place = workspace.config.place(seen.application, seen.environment)
    live = asyncio.run(look(workspace, place, seen.in_force, seen.release, seconds))
    return concluded(seen, live, asked=True)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[World]:
    """A world whose only environment is looked at through Argo CD."""
    kustomization = KUSTOMIZATION.format(application="web-app", environment="staging")
    files = {"README.md": "", "promontory.yaml": CONFIGURATION, path_of("staging"): kustomization}
    create_bare(tmp_path / "gitops.git", files)
    world = World(tmp_path, load(CONFIGURATION, file="promontory.yaml", vocabulary=VOCABULARY))
    yield world
    world.close()


@pytest.fixture
def cluster(watched: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    quick = timedelta(milliseconds=50)
    source = GitSource(str(watched.origin), tmp_path / "cluster-cache", "main")
    with Cluster(source, [], poll=quick, delay=quick) as running:
        monkeypatch.setenv("KUBECONFIG", str(running.api.kubeconfig(tmp_path / "kubeconfig")))
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        yield running


def test_a_controller_that_syncs_no_more_is_why_it_is_not_there(watched: World, cluster: Cluster) -> None:
    workspace = watched.workspace(clock=SystemClock())
    Hops(workspace).promote("v1.1.0", "staging")
    arrived = looked(workspace, asked(watched, "staging"))
    cluster.api.change(REF, lambda document: document["spec"].update(syncPolicy={}))
    Hops(workspace, "run-2").push("v1.2.0", "staging")
    _wait_until_it_is_out_of_sync(cluster)

    behind = looked(workspace, asked(watched, "staging"))

    assert arrived.drift == ()
    assert [(report.in_place, report.health) for report in arrived.controllers] == [(True, "healthy")]
    assert behind.answer.startswith("v1.2.0 is in staging as Git says, but the cluster does not run it: Application ")
    assert "auto-sync-off" in [finding.kind for finding in behind.drift]
    assert commands(behind)[0] == "argocd app sync web-app-staging"
    assert commands(behind)[-1] == "promontory promote web-app v1.2.0 --to staging"


def _wait_until_it_is_out_of_sync(cluster: Cluster) -> None:
    def out_of_sync() -> bool:
        return bool(cluster.api.get(REF)["status"]["sync"]["status"] == "OutOfSync")

    eventually(out_of_sync, "the comparison with what was pushed")


def test_a_cluster_that_does_not_answer_in_time_is_told(watched: World, kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.slow("get", 1.5)
    workspace = replace(watched.workspace(), objects=KubernetesObjects(5))

    seen = looked(workspace, asked(watched, "staging"), seconds=0.2)

    (unseen,) = seen.unseen
    assert (unseen.what, unseen.why) == ("argocd web-app-staging", "did not answer within 0.2 s")
    assert seen.answer.startswith("v1.0.0 is in staging")
    assert seen.live


def test_a_cluster_that_refuses_is_told(watched: World, kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.forbid("get")

    (unseen,) = looked(watched.workspace(), asked(watched, "staging")).unseen

    assert "the account may not get Application argocd/web-app-staging" in unseen.why
    assert "kubectl auth can-i get applications.argoproj.io" in unseen.remedy


def test_without_a_kubeconfig_the_rest_is_answered(watched: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    seen = looked(watched.workspace(), asked(watched, "staging"))

    (unseen,) = seen.unseen
    assert "cannot be used" in unseen.why
    assert seen.controllers == ()


def test_what_nobody_has_thought_of_is_told_and_no_traceback(watched: World, kubernetes_api: KubernetesApi) -> None:
    head, _, _ = CONFIGURATION.partition("      - kind: argocd")
    text = f"{head}      - {{kind: kubernetes, workload: deployment/web-app}}\n"
    watched.config = load(text, file="promontory.yaml", vocabulary=VOCABULARY)
    metadata = {"name": "web-app", "namespace": "default"}
    kubernetes_api.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": "?"})

    seen = looked(watched.workspace(), asked(watched, "staging"))

    (unseen,) = seen.unseen
    assert unseen.why.startswith("AttributeError: ")


def test_offline_no_cluster_is_asked_not_even_by_a_gate(watched: World, kubernetes_api: KubernetesApi) -> None:
    windows = "    windows: [{kind: argocd, application: '{application}-{environment}'}]\n"
    text = CONFIGURATION.replace("  staging:\n", f"  staging:\n{windows}")
    watched.config = load(text, file="promontory.yaml", vocabulary=VOCABULARY)

    seen = explain(watched.workspace(), "web-app", "staging", "v1.1.0", Asked(clusters=False))

    (gate,) = [gate for gate in seen.gates if gate.gate == "argocd-window"]
    assert not gate.open
    assert "no cluster is asked" in gate.reason
    assert kubernetes_api.requests == ()


def test_what_a_cluster_answers_is_never_a_traceback(watched: World, kubernetes_api: KubernetesApi) -> None:
    document = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": 3, "status": []}
    kubernetes_api.put({**document, "metadata": {"name": "web-app-staging", "namespace": "argocd"}})

    seen = looked(watched.workspace(), asked(watched, "staging"))

    assert len([*seen.controllers, *seen.unseen]) == 1


def test_an_open_pull_request_tells_its_checks(make: MakeProposer) -> None:
    proposer = make(AUTO)
    proposer.propose(proposer.hop("v1.1.0"))
    proposer.fake.set_checks(proposer.fake.request().head_sha, ("ci", "failure"))

    before = asked(proposer.world, "dev")
    seen = looked(proposer.workspace, before)

    assert before.stage.state == "proposed"
    assert before.stage.url.endswith("/pull/1")
    assert seen.request
    assert (seen.request.state, seen.request.checks) == ("open", "failure")
    assert seen.earliest is None
    assert any(step.why.startswith(f"look at {seen.stage.url}") for step in seen.next)


def test_who_has_to_merge_is_told(make: MakeProposer) -> None:
    proposer = make(WAIT)
    proposer.propose(proposer.hop("v1.1.0"))

    (need,) = asked(proposer.world, "dev").needs

    assert need.startswith("somebody has to merge http")


def test_a_forge_that_is_away_is_told(make: MakeProposer) -> None:
    proposer = make(AUTO)
    proposer.propose(proposer.hop("v1.1.0"))

    def away() -> None:
        raise TransientError("the forge cannot be reached")

    seen = looked(replace(proposer.workspace, connect=away), asked(proposer.world, "dev"))  # type: ignore[arg-type]

    (unseen,) = seen.unseen
    assert unseen.why == "the forge cannot be reached"
    assert seen.request is None

"""Promotions that Argo CD proves: a real repository, the sandbox's Argo CD that follows it, and the check as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from promontory.clock import SystemClock
from promontory.config import load
from promontory.health import CheckResult
from promontory.live_objects import APPLICATION, Ref
from promontory.promotion.vocabulary import VOCABULARY
from promontory.repository import create_bare
from promontory.sandbox.behaviour import Behaviour
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.git_source import GitSource
from tests.promotion.world import KUSTOMIZATION, Hops, World, path_of

CONFIGURATION = """\
applications:
  web-app:
    strategy: {kind: directory, path: 'apps/web-app/{environment}', image: acme/web-app}
environments:
  staging:
    verify:
      - kind: argocd
        application: "{application}-{environment}"
        sync: true
        settle: 1s
        stable_for: 200ms
        deadline: 1m
"""
REF = Ref(APPLICATION, "argocd", "web-app-staging")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    kustomization = KUSTOMIZATION.format(application="web-app", environment="staging")
    create_bare(
        tmp_path / "gitops.git",
        {"README.md": "", "promontory.yaml": CONFIGURATION, path_of("staging"): kustomization},
    )
    made = World(tmp_path, load(CONFIGURATION, file="promontory.yaml", vocabulary=VOCABULARY))
    yield made
    made.close()


@pytest.fixture
def cluster(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    source = GitSource(str(world.origin), tmp_path / "cluster-cache", "main")
    quick = timedelta(milliseconds=50)
    with Cluster(source, [Behaviour("v6.6.6", broken=True)], poll=quick, delay=quick) as running:
        monkeypatch.setenv("KUBECONFIG", str(running.api.kubeconfig(tmp_path / "kubeconfig")))
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        yield running


@pytest.fixture
def hops(world: World) -> Hops:
    return Hops(world.workspace(clock=SystemClock()))


def verdicts(world: World) -> list[CheckResult]:
    return [entry.verdict.checks[0] for entry in world.entries("staging") if entry.verdict]


@pytest.mark.usefixtures("cluster")
def test_a_promotion_is_verified_with_the_commit_that_it_made(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "staging")

    (found,) = verdicts(world)
    assert (found.health, found.proven) == ("healthy", True)
    assert found.evidence["wanted"] == world.git("rev-parse", "main").strip()
    assert found.evidence["shown by"] == "the commit itself"
    assert found.evidence["images"] == ["acme/web-app:v1.1.0"]


@pytest.mark.usefixtures("cluster")
def test_what_is_degraded_is_taken_back_and_its_revert_proven(world: World, hops: Hops) -> None:
    hops.promote("v6.6.6", "staging")

    failed, reverted = verdicts(world)
    assert failed.health == "unhealthy"
    assert failed.reason.startswith("Degraded (Deployment ")
    assert "exceeded its progress deadline" in failed.reason
    assert world.release("staging") == "v1.0.0"
    assert (reverted.health, reverted.proven) == ("healthy", True)
    assert reverted.evidence["wanted"] == world.git("rev-parse", "main").strip()


def test_a_manual_policy_is_synced(world: World, hops: Hops, cluster: Cluster) -> None:
    hops.promote("v1.1.0", "staging")
    cluster.api.change(REF, lambda document: document["spec"].update(syncPolicy={}))

    again = Hops(world.workspace(clock=SystemClock()), "run-2")
    again.promote("v1.2.0", "staging")

    found = verdicts(world)[-1]
    assert (found.health, found.proven, found.evidence["syncs started"]) == ("healthy", True, 1)
    state = cluster.api.get(REF)["status"]["operationState"]
    assert state["operation"]["initiatedBy"] == {"username": "promontory"}


@pytest.mark.usefixtures("cluster")
def test_commits_of_others_on_the_same_branch_do_not_disturb(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "staging")
    for _ in range(2):
        world.edit("README.md", "$", "more\n")

    hops.verify(hop, entry)

    (found,) = verdicts(world)
    assert (found.health, found.proven) == ("healthy", True)
    assert found.evidence["revisions"] != [entry.commit]

"""The Argo CD of the sandbox, step by step: what its Application says, and what really runs then."""

from __future__ import annotations

from typing import Any

import pytest

from promontory.errors import RepositoryError
from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.argocd import ArgoCd, Condition
from promontory.sandbox.head import Head, Origin, Place
from promontory.sandbox.kubernetes import KubernetesApi, Refusal

Json = dict[str, Any]
DEV: Place = ("dev", "web-app")
WEB_APP = Ref(APPLICATION, "argocd", "web-app-dev")
ORIGIN = Origin("https://git.acme.example/gitops.git", "apps/web-app/overlays/dev", "main", "ghcr.io/acme/web-app")
REFRESH = "argocd.argoproj.io/refresh"


class Source:
    """A repository whose commits are releases of one place."""

    def __init__(self) -> None:
        self.commits = {"c1": "v1.2.0"}
        self.newest = "c1"
        self.trouble: Exception | None = None

    def move(self, commit: str, release: str) -> None:
        self.commits[commit] = release
        self.newest = commit

    def __call__(self, commit: str | None = None) -> Head:
        if self.trouble:
            raise self.trouble
        if (commit or self.newest) not in self.commits:
            raise RepositoryError(f"there is no commit {commit}")
        return Head(commit or self.newest, {DEV: self.commits[commit or self.newest]}, {DEV: ORIGIN})


class Runtime:
    """Where things run as the test says."""

    def __init__(self) -> None:
        self.applied: list[tuple[str, str]] = []
        self.says = Condition("Healthy")

    def apply(self, place: Place, release: str, commit: str) -> None:
        self.applied.append((release, commit))

    def condition(self, place: Place) -> Condition:
        return self.says if self.applied else Condition("Missing")


class World:
    def __init__(self, api: KubernetesApi) -> None:
        self.api, self.source, self.runtime = api, Source(), Runtime()
        self.argocd = ArgoCd(api, self.source, self.runtime)

    def step(self, times: int = 1) -> Json:
        for _ in range(times):
            self.argocd.reconcile()
        return self.api.get(WEB_APP)

    def manual(self) -> None:
        self.api.change(WEB_APP, lambda document: document["spec"]["syncPolicy"].pop("automated"))

    def want(self, **sync: object) -> None:
        operation = {"initiatedBy": {"username": "promontory"}, "sync": sync}
        self.api.change(WEB_APP, lambda document: document.update(operation=operation))


@pytest.fixture
def world(kubernetes_api: KubernetesApi) -> World:
    """It has synced its first commit."""
    made = World(kubernetes_api)
    made.step(3)
    return made


def sync(document: Json) -> tuple[str, str]:
    return document["status"]["sync"]["status"], document["status"]["sync"]["revision"]


def phase(document: Json) -> str:
    found: str = document["status"]["operationState"]["phase"]
    return found


def test_an_application_says_what_is_deployed_from_where(world: World) -> None:
    document = world.step()

    assert document["spec"]["source"] == {
        "repoURL": "https://git.acme.example/gitops.git",
        "path": "apps/web-app/overlays/dev",
        "targetRevision": "main",
    }
    assert document["spec"]["destination"]["namespace"] == "web-app-dev"
    assert document["spec"]["syncPolicy"]["automated"]
    status = document["status"]
    assert (sync(document), status["health"]["status"]) == (("Synced", "c1"), "Healthy")
    assert status["summary"] == {"images": ["ghcr.io/acme/web-app:v1.2.0"]}
    assert status["sync"]["comparedTo"]["source"] == document["spec"]["source"]
    assert status["operationState"]["finishedAt"] <= status["reconciledAt"]


def test_a_new_commit_is_out_of_sync_then_runs_then_is_synced(world: World) -> None:
    world.source.move("c2", "v1.3.0")
    world.runtime.says = Condition("Progressing")

    compared, running, synced = world.step(), world.step(), world.step()

    assert sync(compared) == ("OutOfSync", "c2")
    assert compared["operation"] == {"initiatedBy": {"automated": True}, "sync": {"revision": "c2"}}
    assert compared["status"]["operationState"]["syncResult"]["revision"] == "c1"
    assert (sync(running), phase(running)) == (("OutOfSync", "c2"), "Running")
    assert "finishedAt" not in running["status"]["operationState"]
    assert "startedAt" in running["status"]["operationState"]
    assert (sync(synced), phase(synced)) == (("Synced", "c2"), "Succeeded")
    assert synced["status"]["operationState"]["syncResult"]["revision"] == "c2"
    assert synced["status"]["health"]["status"] == "Progressing"
    assert "operation" not in synced


def test_nothing_is_applied_before_the_operation_ends(world: World) -> None:
    world.source.move("c2", "v1.3.0")

    world.step(2)
    assert world.runtime.applied[-1] == ("v1.2.0", "c1")
    world.step()
    assert world.runtime.applied[-1] == ("v1.3.0", "c2")


def test_synced_is_said_only_of_what_is_applied(world: World) -> None:
    """Whatever the order of commits and steps."""
    for number in range(2, 20):
        world.source.move(f"c{number}", f"v1.{number // 3}.0")
        for _ in range(number % 4):
            document = world.step()
            status, revision = sync(document)
            release, commit = world.runtime.applied[-1]
            if status == "Synced":
                assert (revision, world.source.commits[revision]) == (commit, release)
            history = document["status"]["history"]
            result = document["status"]["operationState"].get("syncResult", history[-1])
            assert (world.source.commits[result["revision"]], result["revision"]) in world.runtime.applied


def test_it_becomes_healthy_when_it_runs(world: World) -> None:
    world.source.move("c2", "v1.3.0")
    world.runtime.says = Condition("Progressing", "Waiting for rollout to finish")
    world.step(3)
    world.runtime.says = Condition("Healthy")

    assert world.step()["status"]["health"]["status"] == "Healthy"


def test_a_broken_release_is_degraded_and_the_deployment_is_named(world: World) -> None:
    world.runtime.says = Condition("Degraded", 'Deployment "web-app" exceeded its progress deadline')

    status = world.step()["status"]

    assert status["health"]["status"] == "Degraded"
    culprits = [each for each in status["resources"] if each["health"]["status"] != "Healthy"]
    assert [(each["kind"], each["namespace"], each["name"]) for each in culprits] == [
        ("Deployment", "web-app-dev", "web-app")
    ]
    assert culprits[0]["health"]["message"] == 'Deployment "web-app" exceeded its progress deadline'


def test_a_commit_that_changes_nothing_here_is_synced_without_an_operation(world: World) -> None:
    started = world.api.get(WEB_APP)["status"]["operationState"]["startedAt"]
    world.source.move("c2", "v1.2.0")

    document = world.step()

    assert sync(document) == ("Synced", "c2")
    assert (document["status"]["operationState"]["startedAt"], phase(document)) == (started, "Succeeded")
    assert document["status"]["operationState"]["syncResult"]["revision"] == "c1"
    assert world.runtime.applied[-1] == ("v1.2.0", "c2"), "what runs is what stands in that commit, too"


def test_where_nothing_happens_nothing_changes(world: World) -> None:
    before = world.step()

    assert world.step(3) == before


def test_a_refresh_is_answered_and_taken_away(world: World) -> None:
    world.step()
    world.api.change(WEB_APP, lambda document: document["metadata"].update(annotations={REFRESH: "hard", "a": "b"}))
    world.api.change(WEB_APP, lambda document: document["status"].update(reconciledAt="2020-01-01T00:00:00Z"))

    document = world.step()

    assert document["metadata"]["annotations"] == {"a": "b"}
    assert document["status"]["reconciledAt"] > "2026"


def test_a_refresh_is_not_answered_while_the_repository_cannot_be_read(world: World) -> None:
    world.api.change(WEB_APP, lambda document: document["metadata"].update(annotations={REFRESH: "normal"}))
    before = world.api.get(WEB_APP)
    world.source.trouble = RepositoryError("the server is gone")

    with pytest.raises(RepositoryError):
        world.argocd.reconcile()

    assert world.api.get(WEB_APP) == before


def test_a_manual_application_waits_for_an_operation(world: World) -> None:
    world.manual()
    world.source.move("c2", "v1.3.0")

    waiting = world.step(5)
    world.want(revision="c2")
    running, synced = world.step(), world.step()

    assert (sync(waiting), phase(waiting), "operation" in waiting) == (("OutOfSync", "c2"), "Succeeded", False)
    assert (phase(running), running["operation"]["initiatedBy"]) == ("Running", {"username": "promontory"})
    assert (sync(synced), world.runtime.applied[-1]) == (("Synced", "c2"), ("v1.3.0", "c2"))
    assert synced["status"]["history"][-1]["initiatedBy"] == {"username": "promontory"}


def test_an_operation_for_an_older_commit_applies_that_one(world: World) -> None:
    world.manual()
    world.source.move("c2", "v1.3.0")
    world.source.move("c3", "v1.4.0")
    world.want(revision="c2")

    document = world.step(2)

    assert document["status"]["operationState"]["syncResult"]["revision"] == "c2"
    assert sync(document) == ("OutOfSync", "c3")
    assert world.runtime.applied[-1] == ("v1.3.0", "c2")


def test_an_operation_for_a_commit_that_is_not_there_fails_with_its_reason(world: World) -> None:
    world.manual()
    world.want(revision="c9")

    document = world.step(2)

    state = document["status"]["operationState"]
    assert (state["phase"], "finishedAt" in state, "operation" in document) == ("Error", True, False)
    assert state["message"] == "ComparisonError: failed to load the target state of c9: there is no commit c9"
    assert world.runtime.applied[-1] == ("v1.2.0", "c1")


def test_history_is_numbered_and_not_endless(world: World) -> None:
    for number in range(2, 16):
        world.source.move(f"c{number}", f"v2.{number}.0")
        world.step(3)

    history = world.step()["status"]["history"]

    assert [entry["revision"] for entry in history] == [f"c{number}" for number in range(6, 16)]
    assert [entry["id"] for entry in history] == list(range(5, 15))


def test_several_sources_have_several_revisions(world: World) -> None:
    sources = [{"repoURL": "https://charts.example", "targetRevision": "1.0.0"}, {"repoURL": ORIGIN.repository}]

    def several(document: Json) -> None:
        document["spec"].pop("source")
        document["spec"]["sources"] = sources

    world.api.change(WEB_APP, several)
    world.source.move("c2", "v1.3.0")
    status = world.step(3)["status"]

    assert (status["sync"]["status"], status["sync"]["revisions"]) == ("Synced", ["1.0.0", "c2"])
    assert status["operationState"]["syncResult"]["revisions"] == ["1.0.0", "c2"]
    assert "revision" not in status["sync"]
    assert status["history"][-1]["sources"] == sources


def test_an_operation_names_the_revision_of_each_source(world: World) -> None:
    world.manual()
    sources = [{"repoURL": "https://charts.example", "targetRevision": "1.0.0"}, {"repoURL": ORIGIN.repository}]
    world.api.change(WEB_APP, lambda document: document["spec"].update(sources=sources))
    world.source.move("c2", "v1.3.0")
    world.want(revisions=["1.0.0", "c2"])

    world.step(2)

    assert world.runtime.applied[-1] == ("v1.3.0", "c2")


def test_an_application_that_was_deleted_is_nobodys(world: World) -> None:
    world.api.delete(WEB_APP)
    world.source.move("c2", "v1.3.0")

    assert world.argocd.reconcile() is False
    assert world.runtime.applied[-1] == ("v1.2.0", "c1")
    with pytest.raises(Refusal):
        world.api.get(WEB_APP)


def test_it_is_on_its_way_until_it_is_healthy(kubernetes_api: KubernetesApi) -> None:
    world = World(kubernetes_api)
    world.runtime.says = Condition("Progressing")

    on_its_way = [world.argocd.reconcile() for _ in range(4)]
    world.runtime.says = Condition("Healthy")

    assert on_its_way == [True, True, True, True]
    assert world.argocd.reconcile() is False

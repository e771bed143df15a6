"""Promotions through a pull request: what waits holds no process, and killed at any step nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import Stage
from tests.forges.fake_forge import FakeForge, FakeRequest
from tests.forges.fake_github import FakeGitHub
from tests.promotion.forges import join

PROMOTE = ("promote", "web-app", "v1.3.0")
QUICK = {"PROMONTORY_POLL_INTERVAL": "2"}


@dataclass
class Scene:
    stage: Stage
    fake: FakeForge

    def branches(self) -> list[str]:
        return self.stage.git("for-each-ref", "--format=%(refname)", "refs/heads/promontory/dev").split()

    def green(self) -> None:
        self.fake.set_checks(self.fake.head_of(self.fake.request().head) or "", ("ci", "success"))

    def assert_done(self) -> None:
        """Once and for all: one request, one merge, nothing left behind."""
        assert [request.state for request in self.fake.requests] == ["merged"]
        assert self.branches() == []
        assert self.stage.release("dev") == "v1.3.0"
        kinds = self.stage.kinds("dev")
        assert (kinds.count("pushed"), kinds.count("rejected"), kinds[-1]) == (1, 0, "verdict")
        merges = self.stage.git("log", "--first-parent", "--format=%s", "main").splitlines()
        assert len(merges) == 2


@pytest.fixture
def make_scene(make_stage: MakeStage, httpserver: HTTPServer) -> Callable[..., Scene]:
    def make(**deliver: str) -> Scene:
        fake = FakeGitHub(httpserver)
        forge = {"kind": fake.kind, "url": fake.url, "repository": fake.repository}
        stage = make_stage({"dev": {"deliver": {"kind": "pull-request", **deliver}}}, forge=forge)
        stage.environment.update(QUICK)
        join(stage.origin, fake)
        return Scene(stage, fake)

    return make


def test_a_deployed_run_that_waits_for_a_merge_holds_no_process(
    make_scene: Callable[..., Scene], api: PrefectApi, serve: Serve
) -> None:
    scene = make_scene(merge="wait")
    serve(scene.stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0", requested_by="Carol")

    state = api.wait_for(run, "Waiting")["state"]
    assert state["type"] == "SCHEDULED"
    assert state["message"].endswith("/pull/1: waits to be merged")
    eventually(lambda: not pids_of_flow_run(run), "the end of the process")
    eventually(lambda: api.flow_run(run)["run_count"] > 1, "another look, by another process")
    scene.fake.merge_by("alice")

    api.wait_for(run, "Completed")
    scene.assert_done()
    pushed = next(entry for entry in scene.stage.entries("dev") if entry.kind == "pushed")
    assert pushed.pull_request
    assert pushed.pull_request.merged_by == "alice"
    assert pushed.run == run
    assert scene.fake.statuses[pushed.commit or ""]["promontory/dev"]["state"] == "success"


def test_a_closed_request_ends_the_run_that_waits(
    make_scene: Callable[..., Scene], api: PrefectApi, serve: Serve
) -> None:
    scene = make_scene(merge="wait")
    serve(scene.stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(run, "Waiting")

    scene.fake.close_by("bob")

    assert "was closed by bob" in api.wait_for(run, "NotAllowed")["state"]["message"]
    assert (scene.branches(), scene.stage.release("dev")) == ([], "v1.2.0")


def test_what_is_merged_in_the_moment_before_it_is_closed_is_verified_and_the_newer_one_goes_on_top(
    make_scene: Callable[..., Scene], api: PrefectApi, serve: Serve
) -> None:
    scene = make_scene(merge="wait")
    serve(scene.stage)
    old = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(old, "Waiting")
    create = scene.fake.created

    def merged_meanwhile(head: str, base: str, title: str, body: str) -> FakeRequest:
        request = create(head, base, title, body)
        scene.fake.merge_by("alice", 1)
        return request

    scene.fake.created = merged_meanwhile  # type: ignore[method-assign]
    new = api.run_deployment("promote/promote", application="web-app", release="v1.4.0")

    api.wait_for(old, "Completed")
    api.wait_for(new, "Waiting")
    assert [request.state for request in scene.fake.requests] == ["merged", "open"]
    pushed = next(entry for entry in scene.stage.entries("dev") if entry.kind == "pushed")
    assert (pushed.release, pushed.run) == ("v1.3.0", old)
    assert "although it was over: superseded by v1.4.0" in pushed.reason
    scene.fake.merge_by("bob", 2)
    api.wait_for(new, "Completed")
    assert scene.stage.release("dev") == "v1.4.0"
    moved = [entry for entry in scene.stage.entries("dev") if entry.kind in ("superseded", "pushed", "verdict")]
    releases = [(entry.kind, entry.release) for entry in moved]
    assert releases == [
        ("superseded", "v1.3.0"),
        ("pushed", "v1.3.0"),
        ("verdict", "v1.3.0"),
        ("pushed", "v1.4.0"),
        ("verdict", "v1.4.0"),
    ]
    assert moved[3].previous == "v1.3.0"
    scene.stage.run("audit", "verify", code=0)


def test_the_request_of_a_run_that_was_cancelled_while_it_waited_is_closed_by_the_next_run(
    make_scene: Callable[..., Scene], api: PrefectApi, serve: Serve
) -> None:
    scene = make_scene(merge="wait")
    serve(scene.stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(run, "Waiting")
    eventually(lambda: not pids_of_flow_run(run), "the end of the process")
    cancelled = {"type": "CANCELLED", "name": "Cancelled"}
    api.ask("POST", f"/flow_runs/{run}/set_state", state=cancelled, force=True)
    api.wait_for(run, "Cancelled")

    api.wait_for(api.run_deployment("nightly/nightly"), "Completed")

    (request,) = scene.fake.requests
    assert request.state == "closed"
    assert request.comments == ["Closed: the run that waited for it was cancelled."]
    assert (scene.branches(), scene.stage.release("dev")) == ([], "v1.2.0")
    assert scene.stage.kinds("dev")[-1] == "rejected"


def test_without_a_terminal_it_ends_and_goes_on_when_it_is_started_again(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene()

    first = scene.stage.run(*PROMOTE, code=3)
    assert "waits for checks to appear" in first.stdout
    assert "/pull/1" in scene.stage.run("pending", code=0).stdout
    assert "/pull/1" in scene.stage.run("status", code=0).stdout
    scene.green()
    scene.stage.run(*PROMOTE, code=0)

    scene.assert_done()
    assert "/pull/1" in scene.stage.run("history", code=0).stdout
    assert "waited for" in scene.stage.run("pending", code=0).stdout


def test_with_wait_it_waits_itself(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene()
    process = scene.stage.start(*PROMOTE, "--wait")
    eventually(lambda: scene.fake.open_requests, "the request", lambda: process.said)

    scene.green()

    assert process.wait().code == 0
    scene.assert_done()


@dataclass(frozen=True)
class Stop:
    """A call to the forge, and whether the run is killed before or after the forge has done it."""

    when: str
    call: str


STOPS = [Stop(when, call) for call in ("POST pulls", "PUT merge") for when in ("before", "after")]


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: f"{stop.when} {stop.call}")
def test_killed_at_the_forge_nothing_is_done_twice_and_nothing_left_behind(
    make_scene: Callable[..., Scene], stop: Stop
) -> None:
    scene = make_scene()
    if stop.call.startswith("PUT"):
        scene.stage.run(*PROMOTE, code=3)
        scene.green()
    reached, killed = halt(scene.fake, stop)
    process = scene.stage.start(*PROMOTE)
    assert reached.wait(90), process.said
    process.kill()
    killed.set()

    scene.stage.run(*PROMOTE, code=0 if stop.call.startswith("PUT") else 3)
    scene.green()
    scene.stage.run(*PROMOTE, code=0)

    scene.assert_done()
    assert_agreement(scene.stage, ("dev",))


def halt(fake: FakeForge, stop: Stop) -> tuple[threading.Event, threading.Event]:
    """At the next such call tell the test, and wait for it."""
    reached, killed = threading.Event(), threading.Event()
    routed = fake._routed

    def halting(request: Request, path: str) -> Response:
        method, end = stop.call.split()
        if request.method != method or not path.endswith(f"/{end}") or reached.is_set():
            return routed(request, path)
        answer = routed(request, path) if stop.when == "after" else None
        reached.set()
        killed.wait(90)
        return answer or Response(status=503)

    fake._routed = halting  # type: ignore[method-assign]
    return reached, killed

"""Reverts by real commands and deployments: by pull request, of a whole wave, of a run that was cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import LEDGER, Stage
from tests.e2e.test_durability import run_to
from tests.e2e.traffic import Moment
from tests.forges.fake_github import FakeGitHub
from tests.promotion.forges import join

QUICK = {"PROMONTORY_POLL_INTERVAL": "2"}
SLOW = {"verify": {"deadline": "60s"}}
WAVE: dict[str, Any] = {
    "staging": {},
    "production-eu": {"after": "staging"},
    "production-us": {"after": "staging", "verify": {"deadline": "4s"}, "on_failure": "revert-wave"},
}


def events(api: PrefectApi, stage: Stage, name: str) -> list[Document]:
    """About promotions of this very repository: other tests have places of the same names."""
    found = api.ask("POST", "/events/filter", filter={"event": {"name": [f"promontory.{name}"]}}, limit=50)["events"]
    promotions = {entry.promotion for entry in stage.entries()}
    return [each for each in found if each["payload"]["promotion"] in promotions]


@pytest.fixture
def scene(make_stage: MakeStage, httpserver: HTTPServer) -> Callable[..., tuple[Stage, FakeGitHub]]:
    def make(**deliver: str) -> tuple[Stage, FakeGitHub]:
        fake = FakeGitHub(httpserver)
        forge = {"kind": fake.kind, "url": fake.url, "repository": fake.repository}
        dev = {"deliver": {"kind": "pull-request", **deliver}, "verify": {"deadline": "4s"}}
        stage = make_stage({"dev": dev}, forge=forge, broken=("v1.3.0@dev",))
        stage.environment.update(QUICK)
        join(stage.origin, fake)
        return stage, fake

    return make


def test_a_revert_through_a_pull_request_is_taken_up_by_the_next_command(
    scene: Callable[..., tuple[Stage, FakeGitHub]], api: PrefectApi
) -> None:
    stage, fake = scene(merge="wait")
    stage.run("promote", "web-app", "v1.3.0", code=3)
    fake.merge_by("alice")

    told = stage.run("promote", "web-app", "v1.3.0", code=5)

    assert "/pull/2" in told.stdout
    assert "still runs v1.3.0" in told.stdout
    assert fake.request().labels == ["urgent"]
    assert stage.release("dev") == "v1.3.0"
    asked = eventually(lambda: events(api, stage, "revert-asked"), "the event")
    assert asked[0]["payload"]["remedy"].startswith("merge ")
    fake.merge_by("bob")
    stage.run("promote", "web-app", "v1.3.0", code=4)
    assert stage.release("dev") == "v1.2.0"
    assert stage.kinds("dev")[-2:] == ["reverted", "verdict"]


def test_a_revert_that_somebody_closes_has_failed_and_says_what_to_do(
    scene: Callable[..., tuple[Stage, FakeGitHub]], api: PrefectApi
) -> None:
    stage, fake = scene(merge="wait")
    stage.run("promote", "web-app", "v1.3.0", code=3)
    fake.merge_by("alice")
    stage.run("promote", "web-app", "v1.3.0", code=5)
    fake.close_by("bob")

    told = stage.run("promote", "web-app", "v1.3.0", code=5)

    assert "was closed by bob" in told.stdout
    assert "promontory rollback web-app dev --to v1.2.0" in told.stdout
    failed = eventually(lambda: events(api, stage, "revert-failed"), "the event")[0]["payload"]
    pushed = next(entry for entry in stage.entries("dev") if entry.kind == "pushed")
    assert f"git show {(pushed.commit or '')[:12]}" in failed["remedy"]
    assert "apps/web-app/overlays/dev/kustomization.yaml" in failed["remedy"]
    assert api.flow_run(api.latest_run("promote"))["state"]["name"] == "RevertFailed"
    assert stage.release("dev") == "v1.3.0"


def test_a_deployed_run_merges_it_and_ends_as_reverted(
    scene: Callable[..., tuple[Stage, FakeGitHub]], api: PrefectApi, serve: Serve
) -> None:
    stage, fake = scene()
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    eventually(lambda: fake.open_requests, "the request")
    fake.set_checks(fake.request().head_sha, ("ci", "success"))

    api.wait_for(run, "Reverted")

    assert [request.state for request in fake.requests] == ["merged", "merged"]
    assert stage.release("dev") == "v1.2.0"
    (reverted,) = eventually(lambda: events(api, stage, "reverted"), "the event")
    assert reverted["resource"]["prefect.resource.id"] == "promontory.place.web-app.dev"
    assert any(run in each["prefect.resource.id"] for each in reverted["related"])


def test_a_wave_goes_back_as_a_whole(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage(WAVE, broken=("v1.3.0@production-us",), delay=0.2)

    told = stage.run("promote", "web-app", "v1.3.0", code=4)

    assert {name: stage.release(name) for name in WAVE} == {
        "staging": "v1.3.0", "production-eu": "v1.2.0", "production-us": "v1.2.0",
    }, told  # fmt: skip
    assert "its wave goes back with it" in told.stdout
    assert stage.kinds("production-eu")[-3:] == ["held", "reverted", "verdict"]
    assert_agreement(stage, tuple(WAVE))


def test_a_sibling_that_is_still_verifying_is_stopped_first(make_stage: MakeStage) -> None:
    eu = {"after": "staging", **SLOW}
    stage = make_stage({**WAVE, "production-eu": eu}, broken=("v1.3.0@production-us", "v1.3.0@production-eu"))

    stage.run("promote", "web-app", "v1.3.0", code=4)

    assert {stage.release(name) for name in ("production-eu", "production-us")} == {"v1.2.0"}
    verdicts = [each for each in stage.entries("production-eu") if each.kind == "verdict" and each.release == "v1.3.0"]
    assert verdicts == [], "its own deadline was not waited for"


@pytest.mark.parametrize(
    "moment",
    [
        Moment("after", LEDGER, "web-app production-eu: held v1.3.0"),
        Moment("before", "main", "web-app production-eu: held v1.3.0"),
        Moment("after", "main", "web-app production-us: reverted v1.3.0"),
    ],
    ids=["after it was decided", "before the first revert", "between the reverts"],
)
def test_killed_on_its_way_back_the_wave_goes_back_all_the_same(make_stage: MakeStage, moment: Moment) -> None:
    stage = make_stage(WAVE, http=True, broken=("v1.3.0@production-us",))
    process, barrier = run_to(stage, moment, "promote", "web-app", "v1.3.0")
    process.kill()
    barrier.opened.set()

    stage.run("promote", "web-app", "v1.3.0", code=4)

    assert {stage.release(name) for name in ("production-eu", "production-us")} == {"v1.2.0"}
    assert [stage.kinds(name).count("reverted") for name in ("production-eu", "production-us")] == [1, 1]
    assert_agreement(stage, tuple(WAVE))


def test_what_a_cancelled_run_pushed_goes_back_where_that_is_wanted(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage({"dev": {"on_cancel": "revert", **SLOW}}, broken=("v1.3.0@dev",))
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    eventually(lambda: "pushed" in stage.kinds("dev"), "the push")

    api.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLING", "name": "Cancelling"})

    eventually(lambda: stage.kinds("dev")[-2:] == ["reverted", "verdict"], "the revert, verified")
    assert stage.release("dev") == "v1.2.0"
    assert stage.entries("dev")[-2].reason == "its run was cancelled before it was verified"
    assert_agreement(stage, ("dev",))


def test_what_a_run_left_that_was_cancelled_while_it_soaked_the_next_run_takes_back(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage({"dev": {"on_cancel": "revert", "soak": "1h"}})
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(run, "Waiting")
    eventually(lambda: not pids_of_flow_run(run), "the end of the process")
    api.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLED", "name": "Cancelled"}, force=True)
    api.wait_for(run, "Cancelled")

    api.wait_for(api.run_deployment("nightly/nightly"), "Completed")

    # Or the run that looks after cancelled ones: whoever is faster.
    eventually(lambda: stage.kinds("dev")[-1:] == ["verdict"], "the end of the revert", lambda: str(stage.kinds("dev")))
    assert stage.kinds("dev").count("reverted") == 1
    assert stage.release("dev") == "v1.2.0"


def test_left_there_it_is_told(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage({"dev": SLOW}, broken=("v1.3.0@dev",))
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    eventually(lambda: "pushed" in stage.kinds("dev"), "the push")

    api.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLING", "name": "Cancelling"})

    left = eventually(lambda: events(api, stage, "left-unverified"), "the event")
    assert left[0]["payload"]["remedy"] == "promontory promote web-app v1.3.0 --to dev verifies it"
    assert (stage.release("dev"), stage.kinds("dev")[-1]) == ("v1.3.0", "pushed")

"""A soak holds no process, outlives the processes that look, and takes back what does not stay healthy."""

from __future__ import annotations

from promontory.sandbox.behaviour import Behaviour
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import Stage

QUICK = {"PROMONTORY_POLL_INTERVAL": "2"}


def soaking_stage(make_stage: MakeStage, soak: str) -> Stage:
    stage = make_stage({"dev": {"soak": soak}})
    stage.environment.update(QUICK)
    return stage


def test_a_run_that_soaks_holds_no_process_and_is_done_when_the_time_is_over(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = soaking_stage(make_stage, "12s")
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0", requested_by="Carol")

    state = api.wait_for(run, "Waiting")["state"]
    assert state["type"] == "SCHEDULED"
    assert state["message"].startswith("v1.3.0 is healthy in dev, and is watched until ")
    eventually(lambda: not pids_of_flow_run(run), "the end of the process")
    assert "soaking" in stage.run("status", code=0).stdout

    api.wait_for(run, "Completed")
    kinds = stage.kinds("dev")
    assert (kinds.count("pushed"), kinds.count("soaking"), kinds[-1]) == (1, 1, "verdict")
    verdict = stage.entries("dev")[-1]
    (soaking,) = [entry for entry in stage.entries("dev") if entry.kind == "soaking"]
    assert soaking.until
    assert verdict.at >= soaking.until
    assert "soaking" in stage.run("history", code=0).stdout


def test_what_breaks_while_it_soaks_is_taken_back(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = soaking_stage(make_stage, "10m")
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(run, "Waiting")

    stage.cluster.behave(Behaviour("v1.3.0", broken=True))

    api.wait_for(run, "Reverted")
    assert stage.release("dev") == "v1.2.0"
    assert stage.kinds("dev")[-3:] == ["held", "reverted", "verdict"]
    assert stage.entries("dev")[-1].verdict.healthy  # type: ignore[union-attr]


def test_without_a_terminal_it_ends_and_goes_on_when_it_is_started_again(make_stage: MakeStage) -> None:
    stage = soaking_stage(make_stage, "5s")

    first = stage.run("promote", "web-app", "v1.3.0", code=3)
    assert "is watched until" in first.stdout
    again = stage.run("promote", "web-app", "v1.3.0", "--wait", code=0)

    assert "verified" in again.stdout
    assert stage.kinds("dev").count("pushed") == 1

"""The form of a run for several environments: an answer acts at once, whatever else of the run is waited for."""

from __future__ import annotations

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.test_gates import gated, soon, tell


def test_an_answer_acts_while_a_sibling_waits_or_is_at_work_and_the_sibling_s_gate_wakes_the_suspended_run(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = gated(make_stage, {"eu": {}, "us": {"approval": {}}, "asia": {"approval": {}}})
    stage.environment["PROMONTORY_POLL_INTERVAL"] = "600"
    serve(stage)
    api.deployment("promote/promote")
    opens = soon(25)
    tell(stage, eu=opens)
    stage.block_suite("eu")
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    asked = api.wait_for(run, "Suspended")["state"]
    eventually(lambda: not pids_of_flow_run(run), "the end of the process")

    for_none = api.resume(run, decision="approve", name="Alice")
    for_us = api.resume(run, decision="approve", name="Alice", environment="us")
    api.wait_for(run, "Suspended", after=asked["id"])

    assert (for_none["status"], for_us["status"]) == ("REJECT", "ACCEPT")
    assert (stage.release("us"), stage.release("asia"), stage.release("eu")) == ("v1.3.0", "v1.2.0", "v1.2.0")
    assert [entry.at < opens for entry in stage.entries("us") if entry.kind == "verdict"] == [True]

    eventually(lambda: stage.suite_runs("eu"), "the opening of eu's gate", lambda: api.tell(run))
    (request,) = [entry for entry in stage.entries("asia") if entry.kind == "requested"]
    stage.run("approve", request.promotion, "--as", "Bob", code=0)
    eventually(lambda: stage.release("asia") == "v1.3.0", "asia, while eu is tested", lambda: api.tell(run))
    assert stage.release("eu") == "v1.2.0"
    stage.let_suite_go("eu")
    api.wait_for(run, "Completed")
    approved = [(entry.environment, entry.by) for entry in stage.entries() if entry.kind == "approved"]
    assert approved == [("us", "Alice"), ("asia", "Bob")]
    assert_agreement(stage, ("eu", "us", "asia"))

"""Runs of `promontory serve`: killed and triggered again, rolled back, and every night."""

from __future__ import annotations

import os
import signal

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.traffic import Barrier, Moment

GOOD = {"application": "web-app", "release": "v1.3.0"}


def test_a_killed_flow_run_is_finished_by_the_next_one(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev"}}, http=True)
    served = serve(stage)
    assert stage.git_server
    moments = {
        Moment("after", "main", "web-app dev: pushed v1.3.0"): "Crashed",
        # Nobody is left to tell the server that it crashed: it is called running for ever.
        Moment("before", "main", "web-app dev: verdict v1.3.0"): "Running",
    }
    for moment, state in moments.items():
        barrier = Barrier(moment, stage.newest)
        barrier.put_up(stage.git_server)
        run = api.run_deployment("promote/promote", **GOOD)
        eventually(barrier.reached.is_set, str(moment), lambda run=run: api.tell(run))
        if state == "Running":
            served.kill()
        for pid in pids_of_flow_run(run):
            os.kill(pid, signal.SIGKILL)
        api.wait_for(run, state)
        barrier.opened.set()

    serve(stage, anew=False)
    api.wait_for(api.run_deployment("promote/promote", **GOOD), "Completed")

    assert stage.subjects() == ["Promote web-app v1.3.0 to dev", "Promote web-app v1.3.0 to staging"]
    assert_agreement(stage)


def test_trigger_starts_a_run_and_exits_as_promote_would(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage({"dev": {}})
    serve(stage)
    api.deployment("promote/promote")

    good = stage.run("trigger", "web-app", "v1.3.0", "--wait")
    bad = stage.run("trigger", "web-app", "untested", "--wait")

    assert good.code == 0, good
    assert bad.code == 3, bad
    assert stage.subjects() == ["Promote web-app v1.3.0 to dev"]
    assert_agreement(stage, ("dev",))


def test_back_by_command_and_back_by_deployment(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage({"dev": {}})
    for release in ("v1.3.0", "v1.4.0"):
        stage.run("promote", "web-app", release, code=0)

    stage.run("rollback", "web-app", "dev", "--reason", "too slow", code=0)
    assert stage.release("dev") == "v1.3.0"
    serve(stage)
    run = api.run_deployment("rollback/rollback", application="web-app", environment="dev", to="v1.2.0")
    api.wait_for(run, "Completed")

    assert stage.release("dev") == "v1.2.0"
    assert [entry.release for entry in stage.entries("dev") if entry.kind == "held"] == ["v1.4.0", "v1.3.0"]
    assert_agreement(stage, ("dev",))
    stage.run("promote", "web-app", "v1.4.0", code=3)


def test_nightly_moves_what_may_move_and_asks_once_for_the_rest(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    pipeline = {"dev": {}, "staging": {"after": "dev"}, "production": {"after": "staging", "approval": {}}}
    stage = make_stage(pipeline)
    stage.run("promote", "web-app", "v1.3.0", "--to", "dev", code=0)
    serve(stage)

    api.wait_for(api.run_deployment("nightly/nightly"), "Completed")
    assert stage.release("staging") == "v1.3.0"
    eventually(lambda: stage.kinds("production")[-1:] == ["requested"], "the request")
    asking = str(stage.entries("production")[-1].run)
    api.wait_for(asking, "Suspended")
    api.wait_for(api.run_deployment("nightly/nightly"), "Completed")

    assert stage.kinds("production").count("requested") == 1
    assert api.flow_run(asking)["state"]["name"] == "Suspended"
    assert stage.release("production") == "v1.2.0"
    api.resume(asking, decision="approve", name="Alice")
    api.wait_for(asking, "Completed")
    assert stage.release("production") == "v1.3.0"
    assert_agreement(stage, tuple(pipeline))

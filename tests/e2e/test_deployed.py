"""Runs of `promontory serve`: killed and triggered again, rolled back, and every night."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import Process, eventually, pids_of_flow_run
from tests.e2e.stage import LEDGER, Stage
from tests.e2e.traffic import Barrier, Moment

GOOD = {"application": "web-app", "release": "v1.3.0"}


def kill_at(stage: Stage, api: PrefectApi, moment: Moment, release: str, served: Process | None = None) -> str:
    """Start a run and `kill -9` its process at ``moment`` (and before it what ``served`` it); the run's id."""
    assert stage.git_server
    barrier = Barrier(moment, stage.newest)
    barrier.put_up(stage.git_server)
    run = api.run_deployment("promote/promote", application="web-app", release=release)
    eventually(barrier.reached.is_set, str(moment), lambda: api.tell(run))
    if served:
        served.kill()
    for pid in pids_of_flow_run(run):
        os.kill(pid, signal.SIGKILL)
    barrier.opened.set()
    return run


@pytest.mark.parametrize(
    "moment",
    [
        Moment("after", "main", "web-app dev: pushed v1.4.0"),
        Moment("before", LEDGER, "web-app dev: pushed v1.4.0"),
        Moment("before", "main", "web-app dev: verdict v1.4.0"),
        Moment("after", "main", "web-app dev: reverted v1.4.0"),
    ],
    ids=["after the push", "while it verifies", "before the revert", "after the revert"],
)
def test_a_run_whose_process_is_killed_ends_by_itself_as_it_should(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, moment: Moment
) -> None:
    stage = make_stage({"dev": {"verify": {"deadline": "3s"}}}, http=True, broken=("v1.4.0",))
    serve(stage)

    run = kill_at(stage, api, moment, "v1.4.0")

    eventually(lambda: api.flow_run(run)["state"]["name"] == "Reverted", "the revert", lambda: api.tell(run))
    assert stage.subjects() == ["Promote web-app v1.4.0 to dev", "Revert web-app in dev to v1.2.0"]
    assert stage.release("dev") == "v1.2.0"
    assert_agreement(stage, ("dev",))


def test_a_run_that_died_with_its_worker_is_finished_by_the_next_one(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev"}}, http=True)
    served = serve(stage)

    run = kill_at(stage, api, Moment("after", "main", "web-app dev: pushed v1.3.0"), "v1.3.0", served)
    assert api.flow_run(run)["state"]["name"] == "Running"  # nobody is left who could say otherwise
    serve(stage, anew=False)
    api.wait_for(api.run_deployment("promote/promote", **GOOD), "Completed")

    assert stage.subjects() == ["Promote web-app v1.3.0 to dev", "Promote web-app v1.3.0 to staging"]
    assert_agreement(stage)


def test_trigger_waits_through_the_death_of_the_run(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage({"dev": {}}, delay=6)
    serve(stage)
    api.deployment("promote/promote")
    triggered = stage.start("trigger", "web-app", "v1.3.0", "--wait")
    eventually(lambda: "pushed" in stage.kinds("dev"), "the push", lambda: triggered.said)

    run = str(next(entry.run for entry in stage.entries("dev") if entry.kind == "pushed"))
    for pid in eventually(lambda: pids_of_flow_run(run), "the process that verifies"):
        os.kill(pid, signal.SIGKILL)

    ended = triggered.wait()
    assert ended.code == 0, ended
    assert "Recovering" in ended.stderr
    assert stage.kinds("dev").count("pushed") == 1


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


def test_serve_ends_when_it_is_asked_to_also_where_its_shell_lets_it_ignore_interrupts(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage({"dev": {}})
    # A shell that is no terminal starts what it puts into the background like this.
    interrupts = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        served = serve(stage)
    finally:
        signal.signal(signal.SIGINT, interrupts)
    api.wait_for(api.run_deployment("nightly/nightly"), "Completed")

    served.signal(signal.SIGTERM)

    assert served.wait(30).code == 0

"""Gates that open by themselves: a run waits there without a process, and goes on when they open."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import Environments, Stage

GATE = Path(__file__).parent / "gate"


def gated(make_stage: MakeStage, environments: Environments) -> Stage:
    stage = make_stage(environments)
    stage.environment |= {"PYTHONPATH": str(GATE), "GATE_FILE": str(stage.directory / "gate.json")}
    stage.environment["PROMONTORY_POLL_INTERVAL"] = "2"
    tell(stage)
    return stage


def tell(stage: Stage, **opens: datetime | str) -> None:
    """From now on these environments' gates are closed, until then, or to what comes not ``by hand``."""
    times = {name: it if isinstance(it, str) else {"opens": it.isoformat()} for name, it in opens.items()}
    (stage.directory / "gate.json").write_text(json.dumps(times))


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_gate_that_closes_while_the_tests_run_is_waited_for_in_the_terminal(make_stage: MakeStage) -> None:
    stage = gated(make_stage, {"dev": {}})
    stage.block_suite("dev")
    process = stage.start("promote", "web-app", "v1.3.0", "--wait")
    eventually(lambda: stage.suite_runs("dev"), "the suite", lambda: process.said)
    opens = soon(6)
    tell(stage, dev=opens)
    stage.let_suite_go("dev")

    ended = process.wait()

    assert ended.code == 0, ended
    assert re.search(r"wait-dev +told: not yet; goes on 20", ended.stderr)
    assert stage.kinds("dev") == ["tested", "planned", "waiting", "tested", "planned", "pushed", "verdict"]
    assert next(entry for entry in stage.entries("dev") if entry.kind == "pushed").at >= opens


def test_a_run_that_nobody_waits_for_ends_and_says_when_and_the_next_one_goes_on(make_stage: MakeStage) -> None:
    stage = gated(make_stage, {"dev": {}})
    tell(stage, dev=soon(3600))

    ended = stage.run("promote", "web-app", "v1.3.0", code=3)

    assert "waiting" in ended.stdout
    assert "told: not yet; goes on " in ended.stdout
    assert "promote again then, or with --wait" in ended.stdout
    tell(stage)
    stage.run("promote", "web-app", "v1.3.0", code=0)
    assert len({entry.promotion for entry in stage.entries("dev")}) == 1


def test_a_deployed_run_holds_no_process_before_its_gate_opens(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = gated(make_stage, {"eu": {}})
    serve(stage)
    api.deployment("promote/promote")
    opens = soon(16)
    tell(stage, eu=opens)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")

    state = api.wait_for(run, "Waiting")["state"]

    assert state["type"] == "SCHEDULED"
    assert "told: not yet; goes on " in state["message"]
    eventually(lambda: not pids_of_flow_run(run), "the end of the process")
    assert not stage.suite_runs("eu")
    assert "waits at the gate: told: not yet" in stage.run("pending", code=0).stdout
    api.wait_for(run, "Completed")
    (pushed,) = [entry for entry in stage.entries("eu") if entry.kind == "pushed"]
    assert opens <= pushed.at < opens + timedelta(minutes=1)
    assert stage.kinds("eu").count("waiting") == 1
    assert_agreement(stage, ("eu",))


def test_what_a_schedule_or_a_pipeline_starts_is_automatic_and_what_a_human_starts_is_not(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, base_environment: dict[str, str]
) -> None:
    stage = gated(make_stage, {"dev": {}})
    tell(stage, dev="by hand")
    serve(stage)
    deployment = api.deployment("promote/promote")["id"]
    parameters = {"application": "web-app", "release": "v1.3.0"}
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": soon(4).isoformat()}}
    create = f"/deployments/{deployment}/create_flow_run"
    scheduled = api.ask("POST", create, parameters=parameters, state=later)["id"]
    call_scheduled(base_environment, scheduled)

    unattended = stage.run("promote", "web-app", "v1.3.0", "--unattended", code=3)
    api.wait_for(scheduled, "NotAllowed")
    assert "by hand only" in unattended.stdout
    api.wait_for(api.run_deployment("promote/promote", **parameters), "Completed")


def call_scheduled(environment: dict[str, str], run: str) -> None:
    """As the server's scheduler would have created it, which takes its time."""
    with closing(sqlite3.connect(f"{environment['PREFECT_HOME']}/prefect.db", timeout=30)) as database:
        changed = database.execute("UPDATE flow_run SET auto_scheduled = 1 WHERE id = ?", [run]).rowcount
        database.commit()
    assert changed == 1

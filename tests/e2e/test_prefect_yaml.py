"""`prefect deploy --all` makes the deployments for workers, and a worker runs one of them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import Process
from tests.e2e.stage import Stage

PREFECT_YAML = Path(__file__).parents[2] / "prefect.yaml"


def prefect(stage: Stage, *arguments: str) -> Process:
    """Prefect's own command, beside a copy of prefect.yaml and the configuration file."""
    config = stage.directory / "promontory.yaml"
    config.write_text(stage.git("show", "main:promontory.yaml"))
    shutil.copy(PREFECT_YAML, stage.directory)
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    process = Process(
        command, {**stage.environment, "PROMONTORY_CONFIG": str(config)}, stage.directory, f"prefect-{arguments[0]}"
    )
    stage.processes.append(process)
    return process


def test_a_worker_runs_what_prefect_yaml_deploys(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev"}})
    api.forget_deployments()

    pool = prefect(stage, "work-pool", "create", "promontory", "--type", "process").wait()
    deployed = prefect(stage, "deploy", "--all").wait()

    assert pool.code == 0, pool
    assert deployed.code == 0, deployed
    schema = api.deployment("promote/promote")["parameter_openapi_schema"]["properties"]
    assert schema["application"]["enum"] == ["web-app"]
    assert schema["to"]["enum"] == ["dev", "staging", "all"]
    assert "promontory.yaml" in schema["application"]["description"]
    assert api.deployment("rollback/rollback")["parameter_openapi_schema"]["properties"]["environment"]["enum"]
    nightly = api.deployment("nightly/nightly")
    assert nightly["schedules"][0]["schedule"]["cron"] == "0 2 * * 1-5"
    assert nightly["schedules"][0]["schedule"]["timezone"] == "UTC"
    assert nightly["global_concurrency_limit"]["limit"] == 1

    prefect(stage, "worker", "start", "--pool", "promontory")
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0", to="dev")
    api.wait_for(run, "Completed")

    assert stage.subjects() == ["Promote web-app v1.3.0 to dev"]
    assert_agreement(stage)

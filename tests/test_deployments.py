"""prefect.yaml, for workers, and flows/deployments.py, for `promontory serve`, describe the same deployments."""

from __future__ import annotations

import asyncio
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.deployments.runner import RunnerDeployment
from prefect.events.schemas.deployment_triggers import DeploymentTriggerTypes
from pydantic import TypeAdapter

from flows.deployments import Schedule, deployments, when_a_heartbeat_is_missed
from flows.recovering import STARTED_AGAIN, start_again
from promontory.promotion.values import STATE_NAMES, SUPERSEDED
from tasks.listening import HEARTBEAT
from tasks.waking import WAITING

_YAML = yaml.safe_load((Path(__file__).parent.parent / "prefect.yaml").read_text(encoding="utf-8"))
DECLARED, POOL = _YAML["deployments"], _YAML["definitions"]["work_pool"]
DeploymentTriggerAdapter: TypeAdapter[Any] = TypeAdapter(DeploymentTriggerTypes)
DEFAULT_SCHEDULE = Schedule("0 2 * * 1-5", "UTC")


@pytest.fixture(scope="module")
def served() -> dict[str, RunnerDeployment]:
    return {each.name: each for each in asyncio.run(deployments(DEFAULT_SCHEDULE))}


def test_they_are_the_same_ones(served: dict[str, RunnerDeployment]) -> None:
    names = ["promote", "rollback", "nightly", "approve", "attend", "recover"]

    assert [each["name"] for each in DECLARED] == list(served) == names


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared["name"])
def test_each_is_declared_as_it_is_served(served: dict[str, RunnerDeployment], declared: dict[str, Any]) -> None:
    deployment = served[declared["name"]]

    assert deployment.entrypoint == declared["entrypoint"]
    assert flow_of(declared).name == deployment.flow_name == declared["name"]
    assert deployment.tags == declared["tags"]
    assert [schedule_of(each) for each in deployment.schedules or []] == declared.get("schedules", [])
    assert limit_of(deployment) == declared.get("concurrency_limit")
    assert [trigger_of(each) for each in deployment.triggers] == [
        trigger_of(DeploymentTriggerAdapter.validate_python(each)) for each in declared.get("triggers", [])
    ]
    defaults = {each.name: each.default for each in signature(flow_of(declared)).parameters.values()}
    assert declared.get("parameters", {}).items() <= defaults.items()


def test_a_heartbeat_starts_the_wait_and_every_state_without_one_ends_it() -> None:
    trigger = when_a_heartbeat_is_missed()
    rests = {f"prefect.flow-run.{name}" for name in (*STATE_NAMES.values(), SUPERSEDED, WAITING, "Suspended")}

    assert trigger.after == {HEARTBEAT}
    assert {HEARTBEAT, *rests} <= trigger.expect
    assert not {"prefect.flow-run.Crashed", "prefect.flow-run.Running"} & trigger.expect


def test_three_heartbeats_may_be_missed() -> None:
    frequency = int(POOL["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    declared = next(each for each in DECLARED if each["name"] == "recover")

    assert declared["parameters"]["silence"] == 3 * frequency
    assert declared["triggers"][0]["within"] == 2 * frequency


def test_the_flows_that_are_started_again_are_those_with_the_hook() -> None:
    flows = {each["name"]: flow_of(each) for each in DECLARED}
    hooked = {name for name, flow in flows.items() if start_again in flow.on_crashed_hooks}

    assert hooked == STARTED_AGAIN | {"recover"}


def flow_of(declared: dict[str, Any]) -> Any:
    module, _, name = declared["entrypoint"].rpartition(".")
    return getattr(import_module(module), name)


def trigger_of(trigger: Any) -> dict[str, Any]:
    return dict(trigger.model_dump(exclude={"id", "type"}))


def schedule_of(created: Any) -> dict[str, str]:
    return {"cron": created.schedule.cron, "timezone": created.schedule.timezone}


def limit_of(deployment: RunnerDeployment) -> dict[str, Any] | None:
    if deployment.concurrency_limit is None:
        return None
    assert deployment.concurrency_options
    return {
        "limit": deployment.concurrency_limit,
        "collision_strategy": deployment.concurrency_options.collision_strategy.value,
    }

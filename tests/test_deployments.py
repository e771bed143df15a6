"""prefect.yaml, for workers, and flows/deployments.py, for `promontory serve`, describe the same deployments."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.deployments.runner import RunnerDeployment

from flows.deployments import Schedule, deployments

DECLARED = yaml.safe_load((Path(__file__).parent.parent / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
DEFAULT_SCHEDULE = Schedule("0 2 * * 1-5", "UTC")


@pytest.fixture(scope="module")
def served() -> dict[str, RunnerDeployment]:
    return {each.name: each for each in asyncio.run(deployments(DEFAULT_SCHEDULE))}


def test_they_are_the_same_ones(served: dict[str, RunnerDeployment]) -> None:
    names = ["promote", "rollback", "nightly", "approve", "attend"]

    assert [each["name"] for each in DECLARED] == list(served) == names


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared["name"])
def test_each_is_declared_as_it_is_served(served: dict[str, RunnerDeployment], declared: dict[str, Any]) -> None:
    deployment = served[declared["name"]]
    module, _, flow = declared["entrypoint"].rpartition(".")

    assert deployment.entrypoint == declared["entrypoint"]
    assert getattr(import_module(module), flow).name == deployment.flow_name == declared["name"]
    assert deployment.tags == declared["tags"]
    assert [schedule_of(each) for each in deployment.schedules or []] == declared.get("schedules", [])
    assert limit_of(deployment) == declared.get("concurrency_limit")


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

"""Environments are a DAG: siblings run side by side, and only what comes after a failure stops."""

from __future__ import annotations

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.prefect_api import Document, PrefectApi

PIPELINE = {
    "staging": {},
    "production-eu": {"after": "staging"},
    "production-us": {"after": "staging", "verify": {"deadline": "8s"}},
    "archive": {"after": ["production-eu", "production-us"]},
}


def test_one_of_two_siblings_fails(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage(PIPELINE, broken=("v1.3.0@production-us",), delay=4)

    told = stage.run("promote", "web-app", "v1.3.0", code=4)

    releases = {environment: stage.release(environment) for environment in PIPELINE}
    assert releases == {
        "staging": "v1.3.0", "production-eu": "v1.3.0", "production-us": "v1.2.0", "archive": "v1.2.0",
    }, told  # fmt: skip
    assert "archive" in told.stdout
    assert_agreement(stage, tuple(PIPELINE))
    run = str(stage.entries()[-1].run)
    api.wait_for(run, "Reverted")
    tasks = api.recorded(run, "verify-production-eu", "verify-production-us", "revert-production-us", "environments")
    verified = [task for task in api.task_runs(run) if task["name"].startswith("verify-production")]
    assert overlap(*verified[:2])
    assert "Unhealthy" in [task["state"]["name"] for task in verified]
    assert states(tasks) == {
        "fetch": "Completed",
        "resolve": "Completed",
        "survey": "Completed",
        **{f"plan-{name}": "Completed" for name in list(PIPELINE)[:3]},
        **{f"test-{name}": "Completed" for name in list(PIPELINE)[:3]},
        **{f"promote-{name}": "Completed" for name in list(PIPELINE)[:3]},
        "verify-staging": "Healthy",
        "verify-production-eu": "Healthy",
        "verify-production-us": "Healthy",  # the second time, on the release before
        "revert-production-us": "Completed",
        "environments": "Completed",
    }


def test_what_is_there_already_is_shown_as_skipped(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev"}})
    stage.run("promote", "web-app", "v1.3.0", "--to", "dev", code=0)

    stage.run("promote", "web-app", "v1.3.0", code=0)

    run = str(stage.entries()[-1].run)
    tasks = api.recorded(run, "promote-dev", "promote-staging", "verify-staging")
    assert tasks["promote-dev"]["state"]["name"] == "Skipped"
    assert "already runs v1.3.0" in tasks["promote-dev"]["state"]["message"]
    assert "verify-dev" not in tasks
    assert_agreement(stage)


def states(tasks: dict[str, Document]) -> dict[str, str]:
    return {name: task["state"]["name"] for name, task in tasks.items()}


def overlap(one: Document, other: Document) -> bool:
    return bool(one["start_time"] < other["end_time"] and other["start_time"] < one["end_time"])

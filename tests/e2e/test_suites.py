"""Suites that run elsewhere, and real processes that die or are told to stop while they do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from promontory.live_objects import JOB, Ref
from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import Stage

SUITE = {
    "kind": "job",
    "namespace": "tests",
    "template": {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "smoke"},
        "spec": {"template": {"spec": {"containers": [{"name": "smoke", "image": "acme/smoke:1"}]}}},
    },
}
PIPELINE = {"dev": {"test": [SUITE]}}


def jobs(stage: Stage) -> list[Ref]:
    """Those that were made, whether or not they are still there."""
    made = [request.document()["metadata"] for request in stage.cluster.api.requests if request.verb == "create"]
    return [Ref(JOB, "tests", name) for name in dict.fromkeys(each["name"] for each in made)]


def exists(stage: Stage, job: Ref) -> bool:
    try:
        stage.cluster.api.get(job)
    except Exception:
        return False
    return True


def followed(stage: Stage, job: Ref) -> bool:
    """Somebody watches it, or has looked at it."""
    path = f"/namespaces/{job.namespace}/jobs"
    return any(
        request.verb in ("list", "watch", "get") and path in request.path for request in stage.cluster.api.requests
    )


def complete(stage: Stage, job: Ref) -> None:
    conditions = [{"type": "Complete", "status": "True"}]
    stage.cluster.api.change(job, lambda document: document.update(status={"conditions": conditions}))


def test_a_run_that_is_killed_while_its_job_runs_takes_that_job_up(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage(PIPELINE)
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    (job,) = eventually(lambda: jobs(stage), "the Job", lambda: api.tell(run))

    for pid in pids_of_flow_run(run):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: stage.cluster.api.count("create") == 2, "another try to make it", lambda: api.tell(run))
    complete(stage, job)

    eventually(lambda: api.flow_run(run)["state"]["name"] == "Completed", "the end", lambda: api.tell(run))
    assert jobs(stage) == [job]
    assert not exists(stage, job)
    assert stage.kinds("dev") == ["tested", "planned", "pushed", "verdict"]
    assert_agreement(stage, ("dev",))


def by_prefect(api: PrefectApi, run: str) -> None:
    api.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLING", "name": "Cancelling"}, force=False)


def test_a_run_that_is_cancelled_takes_its_job_along(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage(PIPELINE)
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    (job,) = eventually(lambda: jobs(stage), "the Job", lambda: api.tell(run))
    eventually(lambda: followed(stage, job), "a look at it", lambda: api.tell(run))

    by_prefect(api, run)

    eventually(lambda: not exists(stage, job), "the end of the Job", lambda: api.tell(run))
    eventually(lambda: api.flow_run(run)["state"]["type"] == "CANCELLED", "the end", lambda: api.tell(run))
    assert stage.subjects() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_takes_its_job_along(make_stage: MakeStage, number: signal.Signals) -> None:
    stage = make_stage(PIPELINE)
    process = stage.start("promote", "web-app", "v1.3.0")
    told: Callable[[], str] = lambda: process.said  # noqa: E731
    (job,) = eventually(lambda: jobs(stage), "the Job", told)
    eventually(lambda: followed(stage, job), "a look at it", told)

    process.signal(number)
    process.wait()

    assert not exists(stage, job)
    assert stage.subjects() == []

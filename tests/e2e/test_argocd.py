"""Verified through Argo CD: with real processes, a real client, and an API that goes away in the middle of it."""

from __future__ import annotations

import os
import signal
import time

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import Stage

AWAY_SECONDS = 30.0
CHECK = {
    "kind": "argocd",
    "application": "{application}-{environment}",
    "settle": "1s",
    "stable_for": "1s",
    "deadline": "2m",
}
PIPELINE = {"dev": {"verify": CHECK}}


def argocd_stage(make_stage: MakeStage, **options: object) -> Stage:
    return make_stage(PIPELINE, **options)


def test_the_cluster_is_away_for_half_a_minute_in_the_middle_of_a_verification(make_stage: MakeStage) -> None:
    stage = argocd_stage(make_stage, delay=4)
    process = stage.start("promote", "web-app", "v1.3.0", "--verbose")
    eventually(lambda: "verify-dev" in process.said, "a look at the Application", lambda: process.said)

    with stage.cluster.api.away():
        time.sleep(AWAY_SECONDS)
        assert not process.gone
    ended = process.wait()

    assert ended.code == 0, ended
    assert stage.subjects() == ["Promote web-app v1.3.0 to dev"]
    assert stage.kinds("dev") == ["tested", "planned", "pushed", "verdict"]
    pushed, verdict = stage.entries("dev")[-2:]
    assert verdict.verdict
    (check,) = verdict.verdict.checks
    assert check.proven
    assert check.errors > 0
    assert "Kubernetes API" in check.last_error
    assert pushed.commit
    assert pushed.commit in str(check.evidence)
    assert_agreement(stage, ("dev",))


def test_a_run_that_is_killed_while_it_watches_argo_cd_goes_on_by_itself(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = argocd_stage(make_stage, delay=5)
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    eventually(lambda: "pushed" in stage.kinds("dev"), "the push", lambda: api.tell(run))
    eventually(lambda: "verify-dev" in api.running_tasks(), "the verification", lambda: api.tell(run))

    for pid in pids_of_flow_run(run):
        os.kill(pid, signal.SIGKILL)

    eventually(lambda: api.flow_run(run)["state"]["name"] == "Completed", "the end", lambda: api.tell(run))
    assert stage.kinds("dev") == ["tested", "planned", "pushed", "verdict"]
    assert_agreement(stage, ("dev",))


def test_what_argo_cd_finds_degraded_is_reverted_and_healthy_again(make_stage: MakeStage) -> None:
    stage = argocd_stage(make_stage, broken=("v1.4.0",))

    ended = stage.run("promote", "web-app", "v1.4.0", code=4)

    assert "Degraded" in ended.stdout, ended
    assert stage.subjects() == ["Promote web-app v1.4.0 to dev", "Revert web-app in dev to v1.2.0"]
    bad, _, reverted, good = stage.entries("dev")[-4:]
    assert bad.verdict
    assert good.verdict
    assert good.verdict.healthy
    assert reverted.commit
    assert reverted.commit in str(good.verdict.checks[0].evidence)
    assert any("Deployment" in reason for reason in bad.verdict.reasons), bad.verdict.reasons
    assert_agreement(stage, ("dev",))

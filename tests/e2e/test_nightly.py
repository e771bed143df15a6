"""`nightly` by Prefect's own schedule: nobody starts it, it moves what may move, and says why the rest stays."""

from __future__ import annotations

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually

EVERY_MINUTE = "* * * * *"
FREEZE = {"kind": "deny", "from": "2020-01-01", "to": "2099-12-31", "description": "the great freeze"}
PIPELINE = {
    "dev": {},
    "staging": {"after": "dev"},
    "frozen": {"after": "dev", "windows": [FREEZE]},
    "production": {"after": "staging", "approval": {}},
}


def scheduled(api: PrefectApi) -> Document | None:
    """The first run that a schedule has started, once it is over."""
    over = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    nights = {"name": {"any_": ["nightly"]}}
    runs = api.ask("POST", "/flow_runs/filter", flows=nights, flow_runs=over, sort="START_TIME_ASC", limit=50)
    return next((run for run in runs if run["auto_scheduled"]), None)


def test_it_fires_by_itself_moves_what_may_move_and_says_why_the_rest_stays(
    make_stage: MakeStage, api: PrefectApi
) -> None:
    stage = make_stage(PIPELINE, applications=("api", "web-app"), extra={"releases": {"kind": "git-tags"}})
    for application, release in (("web-app", "v1.3.0"), ("api", "v1.4.0")):
        stage.git("tag", release, "main")
        stage.run("promote", application, release, "--to", "dev", code=0)
    stage.git("tag", "--delete", "v1.4.0")
    api.forget_deployments()

    serving = stage.start("serve", "--nightly", EVERY_MINUTE)

    run = eventually(lambda: scheduled(api), "a night", lambda: serving.said, patience=180)
    told = run["state"]["message"]
    assert stage.release("staging") == "v1.3.0"
    assert stage.release("frozen") == "v1.2.0"
    assert "web-app v1.3.0 skipped in frozen" in told
    assert "the great freeze" in told
    assert "staging: failed: " in told, "one that cannot be promoted does not end the night"
    assert "knows no release v1.4.0 of api" in told
    eventually(lambda: stage.kinds("production")[-1:] == ["requested"], "the request", lambda: serving.said)
    assert stage.release("production") == "v1.2.0"
    assert {entry.by for entry in stage.entries("staging")} == {"nightly"}
    assert_agreement(stage, tuple(PIPELINE))

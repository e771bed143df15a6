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
    stage = make_stage(PIPELINE)
    stage.run("promote", "web-app", "v1.3.0", "--to", "dev", code=0)
    api.forget_deployments()

    serving = stage.start("serve", "--nightly", EVERY_MINUTE)

    run = eventually(lambda: scheduled(api), "a night", lambda: serving.said, patience=180)
    assert run["state"]["name"] == "Completed", api.tell(run["id"])
    assert stage.release("staging") == "v1.3.0"
    assert stage.release("frozen") == "v1.2.0"
    assert "the great freeze" in run["state"]["message"]
    eventually(lambda: stage.kinds("production")[-1:] == ["requested"], "the request", lambda: serving.said)
    assert stage.release("production") == "v1.2.0"
    assert "requested_by" not in run["parameters"]
    assert {entry.by for entry in stage.entries("staging")} == {"nightly"}
    assert_agreement(stage, tuple(PIPELINE))

"""What a run leaves behind where a release did not arrive, and what is told of runs that are under way."""

from __future__ import annotations

import json

from tests.e2e.conftest import MakeStage
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually


def test_a_run_explains_what_did_not_arrive_and_a_person_sees_what_is_under_way(
    make_stage: MakeStage, api: PrefectApi
) -> None:
    stage = make_stage(
        {"dev": {}, "explained": {"after": "dev", "verify": {"deadline": "4s"}}}, broken=("v1.4.0@explained",)
    )
    stage.block_suite("dev")
    promoting = stage.start("promote", "web-app", "v1.4.0")
    eventually(lambda: stage.suite_runs("dev"), "the suite")

    seen = json.loads(stage.run("explain", "web-app", "dev", "v1.4.0", "--json", code=0).stdout)
    stage.let_suite_go("dev")
    ended = promoting.wait()

    (run,) = seen["runs"]
    assert (run["state"], seen["way"][-1]["state"]) == ("Running", "absent")
    assert ended.code == 4, ended
    wanted = {"key": {"any_": ["explain-web-app-explained"]}}
    (artifact,) = eventually(lambda: api.ask("POST", "/artifacts/filter", artifacts=wanted), "the artifact")
    assert artifact["data"].startswith("**v1.4.0 is not in explained: it was taken back ")
    assert "promontory hold lift web-app explained v1.4.0" in artifact["data"]
    after = stage.run("explain", "web-app", "explained", "--markdown", code=0)
    assert "it was taken back" in after.stdout

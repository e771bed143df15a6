"""One promotion at a time into each place: who comes second waits, and goes on when the first one is done, or dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import PATIENCE, eventually
from tests.e2e.stage import Stage

WAITS = "waits for another promotion of web-app to dev"


def held(api: PrefectApi, application: str = "web-app", environment: str = "dev") -> int:
    limit = api.ask("GET", f"/v2/concurrency_limits/promotion:{application}:{environment}")
    return int(limit["active_slots"])


def pushed(stage: Stage, release: str) -> datetime | None:
    return next((each.at for each in stage.entries("dev") if (each.kind, each.release) == ("pushed", release)), None)


def test_the_second_one_waits_for_the_verdict_on_the_first_and_for_the_lease_of_one_that_was_killed(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, tmp_path: Path
) -> None:
    block = tmp_path / "block"
    healthy = {"kind": "command", "run": f"test ! -e {block}", "interval": "200ms", "deadline": "2m"}
    stage = make_stage({"dev": {"verify": healthy}})
    block.touch()
    serve(stage)
    first = stage.start("promote", "web-app", "v1.3.0")
    eventually(lambda: pushed(stage, "v1.3.0"), "the first push", lambda: first.said)
    second = api.run_deployment("promote/promote", application="web-app", release="v1.4.0")
    eventually(lambda: WAITS in api.tell(second), "the second one in line", lambda: api.tell(second))

    block.unlink()
    assert first.wait().code == 0
    eventually(lambda: pushed(stage, "v1.4.0"), "the second push", lambda: api.tell(second))
    verdict = next(entry for entry in stage.entries("dev") if entry.kind == "verdict")
    at = pushed(stage, "v1.4.0")
    assert at
    assert verdict.at < at
    api.wait_for(second, "Completed")
    eventually(lambda: held(api) == 0, "the end of the turn")

    block.touch()
    killed = stage.start("promote", "web-app", "v1.5.0")
    eventually(lambda: pushed(stage, "v1.5.0"), "the push of the one to be killed", lambda: killed.said)
    assert held(api) == 1
    killed.kill()
    block.unlink()
    died = datetime.now(UTC)
    last = stage.start("promote", "web-app", "v1.6.0")
    eventually(lambda: WAITS in last.said.replace("dev  ", "dev"), "the last one in line", lambda: last.said)
    assert last.wait(2 * PATIENCE).code == 0
    freed = pushed(stage, "v1.6.0")
    assert freed
    assert timedelta() < freed - died < timedelta(seconds=80)
    assert_agreement(stage, ("dev",))

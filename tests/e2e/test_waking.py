"""Who waits for others is woken when they have come to their end, and not only looks by itself, minutes later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually
from tests.e2e.stage import Stage

# Nobody who is not woken looks again during a test.
RARELY = "600"
QUEUE = {"superseded": "queue"}


def queueing(make_stage: MakeStage, environments: dict[str, dict[str, Any]]) -> Stage:
    stage = make_stage(environments)
    stage.environment["PROMONTORY_POLL_INTERVAL"] = RARELY
    return stage


def told_when(block: Path) -> dict[str, Any]:
    """A check that finds nothing healthy as long as ``block`` is there."""
    return {"kind": "command", "run": f"test ! -e {block}", "interval": "100ms", "deadline": "2m"}


def started(api: PrefectApi, run: str, count: int) -> datetime:
    """When the run's process started for the ``count``-th time."""

    def look() -> datetime | None:
        states = api.ask("GET", f"/flow_run_states/?flow_run_id={run}")
        begun = sorted(state["timestamp"] for state in states if state["type"] == "RUNNING")
        return datetime.fromisoformat(begun[count - 1].replace("Z", "+00:00")) if len(begun) >= count else None

    return eventually(look, f"start {count} of the run", lambda: api.tell(run))


def at(stage: Stage, kind: str, release: str, environment: str = "dev") -> datetime:
    (found,) = [e.at for e in stage.entries(environment) if (e.kind, e.release) == (kind, release)]
    return found


def test_the_next_in_a_queue_starts_when_the_one_before_is_done_and_only_that_one(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, tmp_path: Path
) -> None:
    block = tmp_path / "block"
    block.touch()
    stage = queueing(make_stage, {"dev": {**QUEUE, "verify": told_when(block)}})
    serve(stage)
    runs = []
    for release in ("v1.3.0", "v1.4.0", "v1.5.0"):
        runs.append(api.run_deployment("promote/promote", application="web-app", release=release))
        kind = "pushed" if release == "v1.3.0" else "waiting"
        eventually(lambda: any((e.kind, e.release) == (kind, release) for e in stage.entries("dev")), kind)
    for run in runs[1:]:
        api.wait_for(run, "Waiting")

    block.unlink()
    for run in runs:
        api.wait_for(run, "Completed")

    for before, after in (("v1.3.0", "v1.4.0"), ("v1.4.0", "v1.5.0")):
        ended = at(stage, "verdict", before)
        begun = started(api, runs[1 if after == "v1.4.0" else 2], 2)
        print(f"{after}: started {(begun - ended).total_seconds():.1f} s after the end of {before}, "
              f"pushed {(at(stage, 'pushed', after) - ended).total_seconds():.1f} s after it")
        assert ended <= begun + timedelta(seconds=1)
    for run in runs[1:]:
        states = api.ask("GET", f"/flow_run_states/?flow_run_id={run}")
        print([(s["name"], s["timestamp"]) for s in states])
    assert_agreement(stage, ("dev",))

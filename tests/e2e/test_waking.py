"""Who waits for others is woken when they have come to their end, and not only looks by itself, minutes later."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from promontory.entry import EntryKind
from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import LEDGER, Environments, Stage

# Nobody who is not woken looks again during a test.
RARELY = "600"
_HELD_AT = """\
case $(git log -1 --format=%s refs/heads/{ledger}) in *"{subject}")
touch {directory}/recorded; while [ ! -e {directory}/go ]; do sleep 0.05; done;; esac"""


def queueing(make_stage: MakeStage, environments: Environments) -> Stage:
    stage = make_stage({name: {"superseded": "queue", **options} for name, options in environments.items()})
    stage.environment["PROMONTORY_POLL_INTERVAL"] = RARELY
    return stage


def told_when_gone(block: Path) -> dict[str, Any]:
    """A check that finds nothing healthy as long as ``block`` is there."""
    return {"kind": "command", "run": f"test ! -e {block}", "interval": "100ms", "deadline": "2m"}


def asked_for(api: PrefectApi, stage: Stage, release: str, until: EntryKind) -> str:
    """A run that promotes ``release``, and has come so far."""
    run = api.run_deployment("promote/promote", application="web-app", release=release)
    eventually(lambda: is_recorded(stage, until, release), f"{release} {until}", lambda: api.tell(run))
    return run


def is_recorded(stage: Stage, kind: EntryKind, release: str) -> bool:
    return any((entry.kind, entry.release) == (kind, release) for entry in stage.entries("dev"))


def states_of(api: PrefectApi, run: str) -> list[str]:
    states = api.ask("GET", f"/flow_run_states/?flow_run_id={run}")
    return [state["name"] for state in sorted(states, key=lambda state: str(state["timestamp"]))]


def test_the_next_in_a_queue_starts_when_the_one_before_is_over_even_if_that_died_before_it_could_wake_it(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, tmp_path: Path
) -> None:
    block = tmp_path / "block"
    block.touch()
    stage = queueing(make_stage, {"dev": {"verify": told_when_gone(block)}})
    stage.hook("post-receive", _HELD_AT.format(ledger=LEDGER, subject="verdict v1.3.0", directory=tmp_path))
    serve(stage)
    first = asked_for(api, stage, "v1.3.0", "pushed")
    second = asked_for(api, stage, "v1.4.0", "waiting")
    eventually(lambda: not pids_of_flow_run(second), "the end of the process")

    block.unlink()
    eventually((tmp_path / "recorded").exists, "the verdict", lambda: api.tell(first))
    for pid in pids_of_flow_run(first):
        with suppress(ProcessLookupError):  # its git
            os.kill(pid, signal.SIGKILL)
    (tmp_path / "go").touch()
    api.wait_for(second, "Completed")
    assert api.flow_run(first)["state"]["name"] == "Completed", "its successor woke the second one"

    assert [e.release for e in stage.entries("dev") if e.kind == "pushed"] == ["v1.3.0", "v1.4.0"]
    assert states_of(api, second).count("Running") == 2, "it is woken once"
    assert_agreement(stage, ("dev",))


def test_who_waits_in_a_terminal_sees_that_the_one_before_was_refused(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = queueing(make_stage, {"dev": {"approval": {}}})
    serve(stage)
    asks = asked_for(api, stage, "v1.3.0", "requested")
    terminal = stage.start("promote", "web-app", "v1.4.0", "--wait")
    eventually(lambda: is_recorded(stage, "waiting", "v1.4.0"), "the second in line", lambda: terminal.said)

    (request,) = [entry for entry in stage.entries("dev") if entry.kind == "requested"]
    stage.run("reject", request.promotion, "--reason", "not this one", code=0)

    eventually(lambda: is_recorded(stage, "requested", "v1.4.0"), "the terminal's turn", lambda: terminal.said)
    api.wait_for(asks, "NotAllowed")

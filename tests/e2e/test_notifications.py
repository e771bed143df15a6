"""Who is told by real runs and commands: by blocks and webhooks, before a run gives itself up, and after a death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.stage import LEDGER, Stage

SECRET = "s3cr3t-t0ken"
HOOK = {"name": "hook", "to": {"kind": "webhook", "url_from": "PROMONTORY_NOTIFY_HOOK"}}
BLOCK = {"name": "block", "on": ["approvals"], "to": {"kind": "prefect-block", "block": "custom-webhook/ops"}}
_SAVE_BLOCK = """
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
json_data = {"title": "{{subject}}", "text": "{{body}}"}
CustomWebhookNotificationBlock(name="ops", url=sys.argv[1], json_data=json_data).save("ops", overwrite=True)
"""


@pytest.fixture
def told(make_stage: MakeStage, httpserver: HTTPServer) -> Callable[..., Stage]:
    """A stage whose events go to the server."""

    def make(environments: dict[str, Any], *routes: dict[str, Any]) -> Stage:
        stage = make_stage(environments)
        stage.edit("promontory.yaml", '"applications": {', f'"notifications": {json.dumps(routes)}, "applications": {{')
        stage.environment["PROMONTORY_NOTIFY_HOOK"] = httpserver.url_for(f"/hook/{SECRET}")
        return stage

    return make


def hooked(server: HTTPServer) -> list[Document]:
    return [request.get_json() for request, _ in server.log if request.path == f"/hook/{SECRET}"]


def words(server: HTTPServer) -> list[tuple[str, str]]:
    return [(each["word"], each["environment"]) for each in hooked(server)]


def save_block(stage: Stage, url: str) -> None:
    subprocess.run([sys.executable, "-c", _SAVE_BLOCK, url], env=stage.environment, check=True, capture_output=True)


def all_that_was_written(stage: Stage, api: PrefectApi, run: str) -> str:
    """Logs of the processes and of the run, artifacts, the ledger."""
    logs = api.ask("POST", "/logs/filter", logs={"flow_run_id": {"any_": [run]}}, limit=200)
    artifacts = api.ask("POST", "/artifacts/filter", limit=200)
    said = [path.read_text(errors="replace") for path in Path(stage.directory).glob("command-*")]
    return json.dumps([logs, artifacts]) + "".join(said) + stage.git("log", "-p", LEDGER)


def test_a_deployed_run_tells_before_it_suspends_and_the_command_that_approves_tells_as_well(
    told: Callable[..., Stage], httpserver: HTTPServer, api: PrefectApi, serve: Serve
) -> None:
    httpserver.expect_request(f"/hook/{SECRET}").respond_with_data("ok")
    httpserver.expect_request(f"/block/{SECRET}").respond_with_data("ok")
    stage = told({"dev": {}, "production": {"after": "dev", "approval": {"required": 1}}}, HOOK, BLOCK)
    save_block(stage, httpserver.url_for(f"/block/{SECRET}"))
    serve(stage)

    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")

    eventually(lambda: len(hooked(httpserver)) == 2, "the request")
    assert words(httpserver) == [("promoted", "dev"), ("approval-wanted", "production")]
    wanted = hooked(httpserver)[1]
    assert wanted["diff"]["files"] == 1
    assert run in wanted["link"]
    api.wait_for(run, "Suspended")
    approve = wanted["commands"][0].removeprefix("promontory ").split()
    stage.run(*approve, "--yes", "--as", "alice", code=0)
    api.wait_for(run, "Completed")
    eventually(lambda: len(hooked(httpserver)) == 4, "the end")
    assert words(httpserver)[2:] == [("granted", "production"), ("promoted", "production")]
    blocks = [request.get_json() for request, _ in httpserver.log if request.path == f"/block/{SECRET}"]
    assert [each["title"] for each in blocks] == [
        "Approval wanted: web-app v1.3.0 → production",
        "Approved: web-app v1.3.0 → production",
    ]
    assert f"promontory {' '.join(approve)}" in blocks[0]["text"]
    assert SECRET not in all_that_was_written(stage, api, run)
    assert "undelivered" not in [entry.kind for entry in stage.entries()]
    (event,) = _events(api, wanted["promotion"], "approval-wanted")
    assert event["payload"]["commands"] == wanted["commands"]
    assert any(run in each["prefect.resource.id"] for each in event["related"])


def _events(api: PrefectApi, promotion: str, word: str) -> list[Document]:
    def look() -> list[Document]:
        found = api.ask("POST", "/events/filter", filter={"event": {"name": [f"promontory.{word}"]}}, limit=50)
        return [each for each in found["events"] if each["payload"]["promotion"] == promotion]

    return eventually(look, f"the event {word}")


def test_what_a_process_did_not_tell_before_its_death_the_next_one_tells(
    told: Callable[..., Stage], httpserver: HTTPServer, api: PrefectApi, serve: Serve
) -> None:
    arrived, let_go = threading.Event(), threading.Event()

    def hang(_: Request) -> Response:
        arrived.set()
        let_go.wait(60)
        return Response("ok")

    httpserver.expect_oneshot_request(f"/hook/{SECRET}").respond_with_handler(hang)
    httpserver.expect_request(f"/hook/{SECRET}").respond_with_data("ok")
    stage = told({"dev": {}}, HOOK)
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    assert arrived.wait(90)

    for pid in pids_of_flow_run(run):
        os.kill(pid, signal.SIGKILL)
    let_go.set()

    again = eventually(lambda: [each for each in hooked(httpserver) if each["repeated"]], "the repetition")
    assert [(each["word"], each["release"]) for each in again] == [("promoted", "v1.3.0")]
    eventually(lambda: api.flow_run(run)["state"]["name"] == "Completed", "the end", lambda: api.tell(run))
    assert stage.kinds("dev").count("pushed") == 1

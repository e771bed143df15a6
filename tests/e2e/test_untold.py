"""A run in a terminal is killed between recording and telling: the next command tells it, once."""

from __future__ import annotations

import threading

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.e2e.conftest import MakeStage

SECRET = "s3cr3t-t0ken"
HOOK = {"name": "hook", "to": {"kind": "webhook", "url_from": "PROMONTORY_NOTIFY_HOOK"}}


def test_what_a_killed_terminal_did_not_tell_the_next_command_tells(
    make_stage: MakeStage, httpserver: HTTPServer
) -> None:
    arrived, let_go = threading.Event(), threading.Event()

    def hang(_: Request) -> Response:
        arrived.set()
        let_go.wait(60)
        return Response("too late")

    httpserver.expect_oneshot_request(f"/{SECRET}").respond_with_handler(hang)
    httpserver.expect_request(f"/{SECRET}").respond_with_data("ok")
    stage = make_stage({"dev": {}}, top={"notifications": [HOOK]})
    stage.environment["PROMONTORY_NOTIFY_HOOK"] = httpserver.url_for(f"/{SECRET}")
    promoting = stage.start("promote", "web-app", "v1.3.0")
    assert arrived.wait(90), promoting.said

    promoting.kill()
    let_go.set()
    stage.run("hold", "add", "web-app", "dev", "v1.5.0", "--reason", "CVE-1", code=0)
    stage.run("hold", "lift", "web-app", "dev", "v1.5.0", code=0)

    told = [request.get_json() for request, _ in httpserver.log][1:]
    assert [(each["word"], each["repeated"]) for each in told] == [
        ("promoted", True),
        ("held", False),
        ("lifted", False),
    ]
    assert stage.kinds("dev").count("verdict") == 1

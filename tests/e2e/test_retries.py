"""A server that is busy is asked again, visibly; one that refuses is not."""

from __future__ import annotations

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.prefect_api import PrefectApi
from tests.repository.servers import HttpServer, Request


def busy_for(server: HttpServer, times: int, service: str) -> None:
    """Answer 503 to the first so many requests for a service."""
    left = [503] * times

    def arrived(request: Request) -> int | None:
        return left.pop() if left and service in request.path else None

    server.arrived = arrived


def test_a_busy_server_is_asked_again(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage({"dev": {}}, http=True)
    assert stage.git_server
    busy_for(stage.git_server, 2, "info/refs?service=git-receive-pack")

    stage.run("promote", "web-app", "v1.3.0", code=0)

    promoted = api.recorded(str(stage.entries()[-1].run), "promote-dev")["promote-dev"]
    assert promoted["run_count"] == 3
    assert "AwaitingRetry" in api.states_of_task(promoted)
    assert_agreement(stage, ("dev",))


def test_a_server_that_is_busy_when_a_run_begins_is_asked_again(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage({"dev": {}}, http=True)
    assert stage.git_server
    busy_for(stage.git_server, 1, "info/refs?service=git-upload-pack")

    stage.run("promote", "web-app", "v1.3.0", code=0)

    assert_agreement(stage, ("dev",))


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_server_that_refuses_is_not_asked_again(make_stage: MakeStage, api: PrefectApi, hook: str) -> None:
    stage = make_stage({"dev": {}}, http=True)
    stage.hook(hook, "echo 'changes need a ticket' >&2; exit 1")

    told = stage.run("promote", "web-app", "v1.3.0", code=3)

    assert "changes need a ticket" in told.stdout, told
    promoted = api.recorded(api.latest_run("promote"), "promote-dev")["promote-dev"]
    assert promoted["run_count"] == 1
    assert stage.subjects() == []

"""Who is marked as dead, and who is started again: each once, and never one that has gone on meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flows.recovering import start_dead_again
from tasks.dead_runs import _marked

Document = dict[str, Any]
FLOWS = {name: str(uuid4()) for name in ("promote", "approve")}


def state(kind: str = "RUNNING", *, ago: float = 300, name: str = "") -> Document:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return {"id": str(uuid4()), "type": kind, "name": name or kind.capitalize(), "timestamp": at.isoformat()}


class Server:
    """A Prefect server that knows flow runs, and by its rules what state may follow which."""

    def __init__(self, server: HTTPServer) -> None:
        self.runs: dict[str, Document] = {}
        self.states: dict[str, list[Document]] = {}
        self.before_proposal: Callable[[], None] = lambda: None
        answers = {
            "/api/flow_runs/filter": lambda _: [run for run in self.runs.values() if run["state"]["type"] == "CRASHED"],
            "/api/flow_run_states/": lambda request: self.states[request.args["flow_run_id"]],
        }
        for path, answer in answers.items():
            server.expect_request(path).respond_with_handler(_json(answer))
        for name, flow in FLOWS.items():
            server.expect_request(f"/api/flows/{flow}").respond_with_json({"id": flow, "name": name})
        self._server = server

    def run(self, *states: Document, flow: str = "promote", deployed: bool = True) -> UUID:
        run = str(uuid4())
        deployment = str(uuid4()) if deployed else None
        self.runs[run] = {"id": run, "name": run[:4], "flow_id": FLOWS[flow], "deployment_id": deployment}
        self.states[run] = []
        for each in states:
            self.move(run, each)
        self._server.expect_request(f"/api/flow_runs/{run}").respond_with_handler(_json(lambda _: self.runs[run]))
        self._server.expect_request(f"/api/flow_runs/{run}/set_state").respond_with_handler(
            _json(lambda request: self._proposed(run, request.get_json()))
        )
        return UUID(run)

    def move(self, run: str, to: Document) -> None:
        self.runs[run]["state"] = to
        self.states[run].append(to)

    def names(self, run: UUID) -> list[str]:
        return [each["name"] for each in self.states[str(run)]]

    def _proposed(self, run: str, document: Document) -> Document:
        assert not document["force"], "whoever is forced may be alive"
        self.before_proposal()
        before, details = self.runs[run]["state"], document["state"]["state_details"]
        final = before["type"] in ("CRASHED", "COMPLETED", "CANCELLED")
        again = details.get("transition_id") and details["transition_id"] == before.get("transition")
        if (final and document["state"]["type"] == "CRASHED") or again:
            return {"state": before, "status": "ABORT", "details": {"type": "abort_details"}}
        after = state(document["state"]["type"], ago=0, name=document["state"]["name"] or "")
        self.move(run, {**after, "transition": details.get("transition_id")})
        return {"state": self.runs[run]["state"], "status": "ACCEPT", "details": {"type": "accept_details"}}


def _json(answer: Callable[[Request], object]) -> Callable[[Request], Response]:
    return lambda request: Response(json.dumps(answer(request)), content_type="application/json")


@pytest.fixture
def server(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    settings = {PREFECT_API_URL: httpserver.url_for("/api"), PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}
    with temporary_settings(settings):
        yield Server(httpserver)


def marked(server: Server, run: UUID, meanwhile: Document | None = None) -> bool:
    """Whether it was us who marked the run; ``meanwhile`` is what it went on to while we listened."""

    async def mark() -> bool:
        async with get_client() as client:
            suspect = await client.read_flow_run(run)
            if meanwhile:
                server.move(str(run), meanwhile)
            return await _marked(client, suspect, 90) is not None

    return asyncio.run(mark())


def test_of_two_that_mark_one_has_done_it(server: Server) -> None:
    run = server.run(state())
    server.before_proposal = lambda: server.move(str(run), state("CRASHED", ago=0))

    assert not marked(server, run)
    assert server.names(run) == ["Running", "Crashed"]


@pytest.mark.parametrize("meanwhile", ["RUNNING", "COMPLETED", "SCHEDULED"])
def test_a_run_that_has_gone_on_while_we_listened_is_left_alone(server: Server, meanwhile: str) -> None:
    run = server.run(state())

    assert not marked(server, run, state(meanwhile))
    assert server.names(run) == ["Running", meanwhile.capitalize()]


def test_who_was_asked_to_cancel_is_cancelled(server: Server) -> None:
    run = server.run(state("CANCELLING"))

    assert marked(server, run)
    assert server.runs[str(run)]["state"]["type"] == "CANCELLED"


def started_again(server: Server, *ours: UUID) -> list[str]:
    return asyncio.run(start_dead_again(ours))


def test_a_death_that_we_saw_is_followed_by_a_start(server: Server) -> None:
    run = server.run(state(), state("CRASHED", ago=1))

    assert started_again(server, run) == [str(run)[:4]]
    assert server.names(run) == ["Running", "Crashed", "Recovering"]


def test_a_death_that_somebody_else_sees_to_is_left_to_them_for_a_minute(server: Server) -> None:
    fresh, left = (server.run(state(), state("CRASHED", ago=ago)) for ago in (50, 70))

    assert started_again(server) == [str(left)[:4]]
    assert server.names(fresh)[-1] == "Crashed"


def test_old_deaths_were_seen_to_in_some_way(server: Server) -> None:
    server.run(state(), state("CRASHED", ago=3700))

    assert started_again(server) == []


def test_of_two_that_start_it_again_one_has_done_it(server: Server) -> None:
    run = server.run(state(), crash := state("CRASHED", ago=70))
    started_again(server)
    started = server.runs[str(run)]["state"]
    server.move(str(run), crash)
    server.before_proposal = lambda: server.move(str(run), started)

    assert started_again(server) == []


def test_what_has_died_too_often_is_not_started_again(server: Server) -> None:
    deaths = [each for ago in range(75, 69, -1) for each in (state(ago=ago + 0.5), state("CRASHED", ago=ago))]
    run = server.run(*deaths)
    rarely = server.run(*deaths[2:])

    assert started_again(server) == [str(rarely)[:4]]
    assert "Recovering" not in server.names(run)


def test_neither_a_terminal_nor_an_answer_is_started_again(server: Server) -> None:
    runs = [
        server.run(state(), state("CRASHED", ago=1), deployed=False),
        server.run(state(), state("CRASHED", ago=1), flow="approve"),
    ]

    assert started_again(server, *runs) == []

"""A run that records the end of a promotion wakes the next one, once, and is not held up by a server that is away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import click
import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.cli.waking import waking_next as command_waking_next
from promontory.promotion.values import Hop
from tasks.next_in_line import has_come, waking_next
from tasks.running import WORKSPACE
from tests.promotion.conftest import MakeWorld
from tests.promotion.test_next_in_line import QUEUE, come
from tests.promotion.test_superseding import hop_into, push, run_of
from tests.promotion.world import Hops, World

WAITING = {"type": "SCHEDULED", "name": "Waiting"}


class Server:
    """A Prefect server with flow runs that wait."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.states: dict[str, dict[str, object]] = {}
        self.woken: list[str] = []
        httpserver.expect_request("/api/flow_runs/").respond_with_data("{}", status=404)
        self.httpserver = httpserver

    def waits(self, hops: Hops, seconds: float, **state: str) -> None:
        """From now on ``hops`` are a run that this server knows, and looks again in so many seconds."""
        hops.run = run = str(uuid4())
        hops.__post_init__()
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        details = {"scheduled_time": due.isoformat()}
        self.states[run] = {"id": str(uuid4()), **WAITING, **state, "state_details": details}
        path = f"/api/flow_runs/{run}"
        self.httpserver.expect_request(path).respond_with_handler(self._read)
        self.httpserver.expect_request(f"{path}/set_state", method="POST").respond_with_handler(self._set)

    def _read(self, request: Request) -> Response:
        run = request.path.rsplit("/", 1)[-1]
        document = {"id": run, "flow_id": str(uuid4()), "name": "run", "state": self.states[run]}
        return Response(json.dumps(document), content_type="application/json")

    def _set(self, request: Request) -> Response:
        run = request.path.split("/")[-2]
        self.woken.append(run)
        self.states[run] |= {"state_details": request.get_json()["state"]["state_details"]}
        answer = {"status": "ACCEPT", "details": {"type": "accept_details"}, "state": self.states[run]}
        return Response(json.dumps(answer), status=201, content_type="application/json")


@pytest.fixture(autouse=True)
def _prefect(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Iterator[None]:
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    with temporary_settings({PREFECT_API_URL: httpserver.url_for("/api"), PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}):
        yield


def queue_of_three(world: World, server: Server, seconds: float = 300, **state: str) -> tuple[Hops, Hop, Hops, Hops]:
    """One that is being verified, and two that wait behind it."""
    runs = [run_of(world) for _ in range(3)]
    for run in runs:
        server.waits(run, seconds, **state)
    hop = hop_into(runs[0], "v1.3.0")
    push(runs[0], hop)
    for run, release in zip(runs[1:], ("v1.4.0", "v1.5.0"), strict=True):
        come(run, release)
    runs[0].workspace.repository.sync()
    return runs[0], hop, runs[1], runs[2]


async def verified(hops: Hops, hop: Hop) -> None:
    async with waking_next(hops.workspace) as listened:
        hops.workspace = listened
        (entry,) = [each for each in listened.record(hop.place).of(hop.promotion) if each.kind == "pushed"]
        await asyncio.to_thread(hops.verify, hop, entry)


def test_the_verdict_wakes_the_first_in_line_once_however_much_is_recorded(
    make_world: MakeWorld, httpserver: HTTPServer
) -> None:
    server = Server(httpserver)
    first, hop, second, _ = queue_of_three(make_world(pipeline=QUEUE), server)

    asyncio.run(verified(first, hop))
    asyncio.run(verified(first, hop))

    assert server.woken == [second.run]


def test_a_command_wakes_the_next_one_once_it_has_said_what_it_has_to_say(
    make_world: MakeWorld, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(httpserver)
    first, hop, second, _ = queue_of_three(make_world(pipeline=QUEUE), server)
    (entry,) = [each for each in first.workspace.record(hop.place).of(hop.promotion) if each.kind == "pushed"]

    with click.Context(click.Command("command")):
        first.workspace = command_waking_next(first.workspace)
        first.verify(hop, entry)
        assert server.woken == []

    assert server.woken == [second.run]
    assert "next in line: web-app v1.4.0 for production" in capsys.readouterr().err


def test_who_is_about_to_look_is_left_alone(make_world: MakeWorld, httpserver: HTTPServer) -> None:
    """Its process is started some seconds before it is due."""
    server = Server(httpserver)
    first, hop, *_ = queue_of_three(make_world(pipeline=QUEUE), server, type="PENDING", name="Pending")

    asyncio.run(verified(first, hop))

    assert server.woken == []


def test_a_server_that_is_away_holds_nobody_up(
    make_world: MakeWorld, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(httpserver)
    first, hop, second, _ = queue_of_three(make_world(pipeline=QUEUE), server)
    httpserver.expect_oneshot_request(f"/api/flow_runs/{second.run}").respond_with_data("no", status=500)

    asyncio.run(verified(first, hop))

    assert server.woken == []
    assert "looks by itself" in caplog.text


def test_without_a_server_nobody_is_asked(make_world: MakeWorld, httpserver: HTTPServer) -> None:
    server = Server(httpserver)
    first, hop, *_ = queue_of_three(make_world(pipeline=QUEUE), server)

    with temporary_settings({PREFECT_API_URL: None}):
        asyncio.run(verified(first, hop))

    assert server.woken == []


def test_who_waits_in_a_process_sees_in_the_ledger_that_its_turn_has_come(
    make_world: MakeWorld, httpserver: HTTPServer
) -> None:
    world = make_world(pipeline=QUEUE)
    first, second = run_of(world, "one"), run_of(world, "other")
    hop = hop_into(first, "v1.3.0")
    entry = push(first, hop)
    waits = come(second, "v1.4.0")
    WORKSPACE.set(second.workspace)

    assert asyncio.run(has_come(waits)) is False
    first.workspace.repository.sync()
    first.verify(hop, entry)
    assert asyncio.run(has_come(waits)) is True

    world.origin.rename(world.directory / "away")
    assert asyncio.run(has_come(waits)) is False

"""Whatever is recorded is told, and what reached nobody is recorded; the promotion does not care."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.config import Route
from promontory.event import DiffSummary, Event
from promontory.model import GateState
from promontory.notifications import CHANNELS
from promontory.notifications.contract import Means
from promontory.notifications.reading import events_of
from promontory.promotion.approving import answer, request_approval
from promontory.promotion.at_gates import wait_at_gates
from promontory.promotion.delivery import plan_hop
from promontory.promotion.holding import add_hold, lift_hold
from promontory.promotion.knowing import Knowing
from promontory.promotion.telling import Teller
from promontory.promotion.workspace import Workspace, acting_as
from tests.notifications.events import event
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import PIPELINE, Hops, World

SECRET = "s3cr3t-t0ken"


def route(name: str, **options: Any) -> Route:
    to = {"kind": "webhook", "url_from": f"PROMONTORY_NOTIFY_{name.upper()}"}
    return Route(name=name, to=CHANNELS["webhook"].model_validate(to), **options)


def heard(
    workspace: Workspace, server: HTTPServer, work: Callable[[Workspace], object], *routes: Route, within: float = 5
) -> list[Event]:
    """Do ``work`` in a thread, as a run does, and finish; what Prefect would be told of."""
    told: list[Event] = []
    environment = {
        f"PROMONTORY_NOTIFY_{each.name.upper()}": server.url_for(f"/{each.name}/{SECRET}") for each in routes
    }

    async def run() -> None:
        config = workspace.config.model_copy(update={"notifications": routes})
        listened = replace(workspace, config=config)
        teller = Teller(listened, Means(environment), told.append)
        try:
            await asyncio.to_thread(work, replace(listened, heard=teller.hear))
        finally:
            await teller.finish(within)

    asyncio.run(run())
    return told


def words(server: HTTPServer, name: str = "ops") -> list[str]:
    return [request.get_json()["word"] for request, _ in server.log if request.path == f"/{name}/{SECRET}"]


@pytest.fixture
def ops(httpserver: HTTPServer) -> Route:
    httpserver.expect_request(f"/ops/{SECRET}").respond_with_data("ok")
    return route("ops")


def promote(release: str, *environments: str) -> Callable[[Workspace], object]:
    return lambda workspace: Hops(workspace).promote_through(release, *environments)


def test_a_promotion_is_told_as_it_went(world: World, httpserver: HTTPServer, ops: Route) -> None:
    told = heard(world.workspace(), httpserver, promote("v1.1.0", "dev"), ops)

    assert words(httpserver) == ["promoted"]
    (event,) = told
    assert (event.release, event.previous, event.environment) == ("v1.1.0", "v1.0.0", "dev")
    assert str(event.diff) == "1 file, +1 -1 lines: apps/web-app/dev/kustomization.yaml"
    assert "undelivered" not in world.kinds("dev")


def test_what_fails_is_told_though_it_has_been_taken_back_since(
    world: World, httpserver: HTTPServer, ops: Route
) -> None:
    heard(world.workspace(), httpserver, promote("v6.6.6", "dev"), ops)

    assert words(httpserver) == ["failed"]
    assert world.release("dev") == "v1.0.0"


def test_an_entry_is_told_by_what_was_known_when_it_was_recorded(world: World) -> None:
    workspace = world.workspace()
    Hops(workspace).promote("v6.6.6", "dev")
    bad, good = (entry for entry in workspace.ledger.entries("web-app", "dev") if entry.kind == "verdict")

    assert [each.word for each in events_of([bad], Knowing(workspace))] == ["failed"]
    assert events_of([good], Knowing(workspace)) == (), "how the revert went is the run's to tell"


def test_without_checks_it_is_deployed(make_world: MakeWorld, httpserver: HTTPServer, ops: Route) -> None:
    world = make_world(pipeline="environments:\n  dev: {}\n")

    heard(world.workspace(), httpserver, promote("v1.1.0", "dev"), ops)

    assert words(httpserver) == ["deployed"]


def test_two_approvals_are_one_of_two_and_then_enough(
    make_world: MakeWorld, httpserver: HTTPServer, ops: Route
) -> None:
    world = make_world(pipeline=PIPELINE.replace("required: 1", "required: 2"))
    Hops(world.workspace()).promote_through("v1.1.0", "dev", "staging")

    def ask(workspace: Workspace) -> None:
        hop = Hops(workspace).hop("v1.1.0", "production")
        plan, gates = plan_hop(workspace, hop)
        request_approval(workspace, hop, plan, gates, ())
        for person in ("alice", "bob"):
            answer(acting_as(workspace, person), hop.promotion, "approved", "", "command line")

    told = heard(world.workspace(), httpserver, ask, ops)

    assert words(httpserver) == ["approval-wanted", "approved", "granted"]
    assert told[0].commands[0] == f"promontory approve {told[0].promotion}"
    assert told[0].diff.paths == ("apps/web-app/production/kustomization.yaml",)
    assert [event.by for event in told[1:]] == ["alice", "bob"]


def test_a_no_and_no_answer_at_all_are_two_things(make_world: MakeWorld, httpserver: HTTPServer, ops: Route) -> None:
    world = make_world(pipeline=PIPELINE.replace("required: 1", "required: 1, expires: 1h"))
    Hops(world.workspace()).promote_through("v1.1.0", "dev", "staging")

    def ask(workspace: Workspace) -> None:
        for run in ("run-1", "run-2"):
            hops = Hops(workspace, run)
            hop = hops.hop("v1.1.0", "production")
            plan, gates = plan_hop(hops.workspace, hop)
            request_approval(hops.workspace, hop, plan, gates, ())
            if run == "run-1":
                answer(acting_as(workspace, "alice"), hop.promotion, "rejected", "not on a Friday", "command line")
            else:
                world.clock.move(timedelta(hours=2))
                request_approval(hops.workspace, hop, plan, gates, ())

    told = heard(world.workspace(), httpserver, ask, ops)

    assert words(httpserver) == ["approval-wanted", "rejected", "approval-wanted", "expired"]
    assert (told[1].by, told[1].reason) == ("alice", "not on a Friday")


def test_holds_by_hand_are_told(world: World, httpserver: HTTPServer, ops: Route) -> None:
    place = world.config.place("web-app", "dev")

    def hold(workspace: Workspace) -> None:
        add_hold(workspace, place, "v1.1.0", "broken on arm")
        lift_hold(workspace, place, "v1.1.0")

    heard(world.workspace("alice"), httpserver, hold, ops)

    assert words(httpserver) == ["held", "lifted"]


def test_routes_are_told_of_what_they_ask_for(world: World, httpserver: HTTPServer, ops: Route) -> None:
    httpserver.expect_request(f"/night/{SECRET}").respond_with_data("ok")

    heard(world.workspace(), httpserver, promote("v1.1.0", "dev"), ops, route("night", on=["failures"]))

    assert words(httpserver) == ["promoted"]
    assert words(httpserver, "night") == []


def test_what_reaches_nobody_is_recorded_and_nobody_is_told_of_that(
    world: World, httpserver: HTTPServer, ops: Route, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request(f"/night/{SECRET}").respond_with_data(SECRET, 404)

    heard(world.workspace(), httpserver, promote("v1.1.0", "dev"), ops, route("night"))

    assert world.kinds("dev")[-2:] == ["verdict", "undelivered"]
    undelivered = world.entries("dev")[-1]
    assert undelivered.reason == "night was not told of promoted: it answers 404"
    assert undelivered.promotion == world.entries("dev")[-2].promotion
    assert words(httpserver) == ["promoted"], "the other route has been told"
    assert SECRET not in world.git("log", "-p", "promontory/ledger")
    assert "night was not told of promoted" in caplog.text


def test_a_channel_that_hangs_stops_nothing(world: World, httpserver: HTTPServer, ops: Route) -> None:
    let_go = threading.Event()

    def hang(_: Request) -> Response:
        let_go.wait(20)
        return Response("late")

    httpserver.expect_request(f"/night/{SECRET}").respond_with_handler(hang)

    heard(world.workspace(), httpserver, promote("v1.1.0", "dev"), ops, route("night"), within=0.5)
    let_go.set()

    assert world.release("dev") == "v1.1.0"
    assert world.entries("dev")[-1].reason == "night was not told of promoted: its run ended before it could be sent"
    assert words(httpserver) == ["promoted"]


def test_the_order_of_events_is_kept_though_the_first_needs_several_attempts(
    world: World, httpserver: HTTPServer
) -> None:
    httpserver.expect_oneshot_request(f"/ops/{SECRET}").respond_with_data("", 500)
    httpserver.expect_request(f"/ops/{SECRET}").respond_with_data("ok")

    heard(world.workspace(), httpserver, promote("v1.1.0", "dev", "staging"), route("ops"))

    told = [request.get_json()["environment"] for request, _ in httpserver.log]
    assert told == ["dev", "dev", "staging"]


def test_no_route_is_no_reason_not_to_tell_prefect(world: World, httpserver: HTTPServer) -> None:
    told = heard(world.workspace(), httpserver, promote("v1.1.0", "dev"))

    assert [event.word for event in told] == ["promoted"]


def test_who_listens_to_events_may_fail(world: World, httpserver: HTTPServer, ops: Route) -> None:
    """A message in which something is wrong keeps nobody from the next one."""

    async def run() -> None:
        config = world.config.model_copy(update={"notifications": (ops,)})
        workspace = replace(world.workspace(), config=config)
        environment = {"PROMONTORY_NOTIFY_OPS": httpserver.url_for(f"/ops/{SECRET}")}

        def fail(event: Event) -> None:
            raise RuntimeError("no server")

        teller = Teller(workspace, Means(environment), fail)
        await asyncio.to_thread(promote("v1.1.0", "dev", "staging"), replace(workspace, heard=teller.hear))
        await teller.finish(5)

    asyncio.run(run())

    assert words(httpserver) == ["promoted", "promoted"]


def test_what_is_told_at_the_very_end_is_told(world: World) -> None:
    told: list[Event] = []

    async def run() -> None:
        teller = Teller(world.workspace(), Means({}), told.append)
        teller.tell(event(word="left-unverified"))
        await teller.finish(5)

    asyncio.run(run())

    assert [each.word for each in told] == ["left-unverified"]


def test_what_is_recorded_after_the_end_is_recorded(world: World, httpserver: HTTPServer, ops: Route) -> None:
    kept: list[Workspace] = []
    heard(world.workspace(), httpserver, kept.append, ops)

    Hops(kept[0]).promote("v1.1.0", "dev")

    assert world.release("dev") == "v1.1.0"


def ask(workspace: Workspace, release: str, run: str) -> str:
    """Ask for the approval that production wants; the promotion's id."""
    hops = Hops(workspace, run)
    hop = hops.hop(release, "production")
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, ())
    return hop.promotion


def test_a_reminder_is_told(make_world: MakeWorld, httpserver: HTTPServer, ops: Route) -> None:
    world = make_world(pipeline=PIPELINE.replace("required: 1", "required: 1, remind: 1h"))
    Hops(world.workspace()).promote_through("v1.1.0", "dev", "staging")

    def wait(workspace: Workspace) -> None:
        ask(workspace, "v1.1.0", "run-1")
        world.clock.move(timedelta(hours=1, minutes=1))
        ask(workspace, "v1.1.0", "run-1")

    told = heard(world.workspace(), httpserver, wait, ops)

    assert words(httpserver) == ["approval-wanted", "reminded"]
    assert told[1].commands == told[0].commands
    assert told[1].diff == told[0].diff != DiffSummary()


def test_what_was_overtaken_is_told(world: World, httpserver: HTTPServer, ops: Route) -> None:
    def overtake(workspace: Workspace) -> None:
        for number in (1, 2):
            Hops(workspace).promote_through(f"v1.{number}.0", "dev", "staging")
            ask(workspace, f"v1.{number}.0", f"run-{number}")

    told = heard(world.workspace(), httpserver, overtake, route(ops.name, on=["approvals", "gates"]))

    assert sorted(words(httpserver)) == ["approval-wanted", "approval-wanted", "superseded"]
    (superseded,) = (each for each in told if each.word == "superseded")
    assert superseded.release == "v1.1.0"
    assert "superseded by v1.2.0" in superseded.reason


def test_what_waits_at_a_gate_is_told_once(world: World, httpserver: HTTPServer, ops: Route) -> None:
    opens = world.clock.now() + timedelta(hours=2)
    shut = GateState(gate="window", open=False, reason="outside of its windows", waits=True, opens=opens)

    def wait(workspace: Workspace) -> None:
        for _ in range(2):
            hop = Hops(workspace).hop("v1.1.0", "dev")
            plan, _gates = plan_hop(workspace, hop)
            wait_at_gates(workspace, hop, plan, [shut])

    (event,) = heard(world.workspace(), httpserver, wait, ops)

    assert (event.word, event.until) == ("window-waiting", opens)
    assert "outside of its windows" in event.reason
    assert event.diff.files == 1

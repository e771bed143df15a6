"""What a process recorded and did not live to tell is told by whoever comes next; once it is told, by nobody."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from promontory.config import Route
from promontory.event import Event
from promontory.ledger.untold import UNTOLD_FILE, Untold, read_untold, render_untold
from promontory.notifications.contract import Means
from promontory.processes.life import is_gone, name_of_this_process
from promontory.promotion.auditing import audit
from promontory.promotion.keeping import keep, repeat_untold
from promontory.promotion.telling import Teller
from promontory.promotion.untold import Promise
from promontory.promotion.workspace import Workspace
from tests.promotion.test_telling import SECRET, promote, route
from tests.promotion.world import LEDGER, World

NAMES = ("ops", "night", "gone")
LONG_ENOUGH = timedelta(seconds=31)


@pytest.fixture
def ops(httpserver: HTTPServer) -> Route:
    for name in ("ops", "night"):
        httpserver.expect_request(f"/{name}/{SECRET}").respond_with_data("ok")
    return route("ops")


def listened(workspace: Workspace, *routes: Route) -> Workspace:
    return replace(workspace, config=workspace.config.model_copy(update={"notifications": routes}))


def died(world: World, work: Callable[[Workspace], object], *routes: Route) -> None:
    """``work`` was recorded by a process that promised to tell ``routes``, and did not live to do so."""
    promise = Promise(tuple(each.name for each in routes))
    work(replace(listened(world.workspace(), *routes), promise=promise))


def comes(world: World, server: HTTPServer, *routes: Route, cache: str = "next", dies: bool = False) -> int:
    """Somebody comes next, with what is configured by then; how many promises that kept."""
    workspace = listened(world.workspace(cache=cache), *routes)
    environment = {
        f"PROMONTORY_NOTIFY_{each.name.upper()}": server.url_for(f"/{each.name}/{SECRET}") for each in routes
    }

    async def run() -> int:
        teller = Teller(workspace, Means(environment))
        others = repeat_untold(workspace, teller)
        await teller.finish(5)
        if not dies:
            keep(workspace, others=others)
        return len(others)

    return asyncio.run(run())


def told(server: HTTPServer, name: str = "ops") -> list[tuple[str, bool]]:
    documents = [request.get_json() for request, _ in server.log if request.path == f"/{name}/{SECRET}"]
    return [(each["word"], each["repeated"]) for each in documents]


def untold(world: World) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(world.git("show", f"{LEDGER}:{UNTOLD_FILE}"))["untold"]
    return found


def test_what_was_not_told_is_told_by_whoever_comes_next_as_a_repetition(
    world: World, httpserver: HTTPServer, ops: Route
) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    world.clock.move(LONG_ENOUGH)

    comes(world, httpserver, ops)

    assert told(httpserver) == [("promoted", True)]
    assert untold(world) == []
    assert comes(world, httpserver, ops) == 0, "and by nobody after that"


def test_nobody_repeats_what_is_their_own_to_tell(world: World, httpserver: HTTPServer, ops: Route) -> None:
    promise = Promise(("ops",))
    promote("v1.1.0", "dev")(replace(listened(world.workspace(), ops), promise=promise))
    world.clock.move(LONG_ENOUGH)

    async def look(own: str) -> int:
        workspace = listened(world.workspace(), ops)
        teller = Teller(workspace, Means({}))
        found = repeat_untold(workspace, teller, own)
        await teller.finish(0)
        return len(found)

    assert asyncio.run(look(promise.teller)) == 0
    assert asyncio.run(look("somebody else")) > 0


def test_only_what_reached_everybody_counts_as_told(world: World, httpserver: HTTPServer, ops: Route) -> None:
    httpserver.expect_request(f"/gone/{SECRET}").respond_with_data("", 404)
    promote("v1.1.0", "dev")(world.workspace())
    entries = world.entries("dev")

    async def through(*routes: Route) -> int:
        environment = {f"PROMONTORY_NOTIFY_{name.upper()}": httpserver.url_for(f"/{name}/{SECRET}") for name in NAMES}
        teller = Teller(listened(world.workspace(), *routes), Means(environment))
        teller.hear(entries)
        await teller.finish(5)
        return teller.told_through

    assert asyncio.run(through(ops)) == entries[-1].number
    assert asyncio.run(through(ops, route("gone"))) == 0


def test_what_others_have_left_is_no_event_of_this_run(world: World, httpserver: HTTPServer, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    world.clock.move(LONG_ENOUGH)
    emitted: list[Event] = []

    async def look() -> None:
        teller = Teller(listened(world.workspace(), ops), Means({}), emitted.append)
        assert repeat_untold(listened(world.workspace(), ops), teller)
        await teller.finish(5)

    asyncio.run(look())

    assert emitted == []


def test_the_file_does_not_grow_for_ever(world: World) -> None:
    now = world.clock.now()
    many = [Untold(first=number, last=number, at=now, teller="x") for number in range(1, 300)]

    kept = read_untold(render_untold(many, now))

    assert [each.first for each in kept] == list(range(100, 300))


def test_it_is_not_told_to_those_who_were_not_to_be_told_then(world: World, httpserver: HTTPServer, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    world.clock.move(LONG_ENOUGH)

    comes(world, httpserver, ops, route("night"))

    assert told(httpserver) == [("promoted", True)]
    assert told(httpserver, "night") == []


def test_what_was_recorded_when_nobody_was_to_be_told_is_told_to_nobody(
    world: World, httpserver: HTTPServer, ops: Route
) -> None:
    died(world, promote("v1.1.0", "dev"))
    world.clock.move(LONG_ENOUGH)

    assert comes(world, httpserver, ops) == 0
    assert told(httpserver) == []
    assert UNTOLD_FILE not in world.git("ls-tree", "--name-only", LEDGER)


def test_who_may_live_is_given_the_time_to_tell(world: World, httpserver: HTTPServer, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)

    assert comes(world, httpserver, ops) == 0
    assert told(httpserver) == []


def test_who_is_known_to_be_dead_is_given_none(world: World, httpserver: HTTPServer, ops: Route) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "from promontory.processes.life import *; print(name_of_this_process())"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    promote("v1.1.0", "dev")(replace(listened(world.workspace(), ops), promise=Promise(("ops",), gone)))

    comes(world, httpserver, ops)

    assert told(httpserver) == [("promoted", True)]


def test_who_comes_next_and_dies_as_well_leaves_it_to_the_one_after(
    world: World, httpserver: HTTPServer, ops: Route
) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    world.clock.move(LONG_ENOUGH)

    comes(world, httpserver, ops, dies=True)
    comes(world, httpserver, ops)

    assert told(httpserver) == [("promoted", True)] * 2


def test_a_day_later_it_is_no_news(world: World, httpserver: HTTPServer, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    world.clock.move(timedelta(days=1, seconds=1))

    died(world, promote("v1.1.0", "staging"), ops)

    first = min(entry.number or 0 for entry in world.entries("staging"))
    assert untold(world)
    assert all(int(str(each["first"])) >= first for each in untold(world))


def test_what_is_kept_goes_with_the_next_push(world: World, ops: Route) -> None:
    promise = Promise(("ops",))
    workspace = replace(listened(world.workspace(), ops), promise=promise)
    promote("v1.1.0", "dev")(workspace)
    promise.kept = promise.made

    promote("v1.1.0", "staging")(workspace)

    first = min(entry.number or 0 for entry in world.entries("staging"))
    assert [each for each in untold(world) if int(str(each["last"])) < first] == []
    assert untold(world) != []


def test_of_several_only_what_is_kept_is_taken_out(world: World, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    others = untold(world)
    promise = Promise(("ops",))
    promote("v1.1.0", "staging")(replace(listened(world.workspace(), ops), promise=promise))
    promise.kept = promise.made

    keep(world.workspace(cache="other"), promise)

    assert untold(world) == others


def test_the_file_does_not_disturb_the_audit(world: World, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)

    assert audit(world.workspace(cache="auditor")).findings == ()


@pytest.mark.parametrize("broken", ["{", "[]", '{"version": 2}', '{"untold": [{"first": -1}]}', ""])
def test_a_broken_file_is_written_anew(world: World, httpserver: HTTPServer, ops: Route, broken: str) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    commit_untold(world, broken)
    world.clock.move(LONG_ENOUGH)

    assert comes(world, httpserver, ops) == 0
    died(world, promote("v1.1.0", "staging"), ops)
    assert len(untold(world)) > 0


def test_numbers_that_somebody_made_up_lead_nowhere(world: World, httpserver: HTTPServer, ops: Route) -> None:
    died(world, promote("v1.1.0", "dev"), ops)
    made_up = {"first": 10**12, "last": 10**13, "at": world.clock.now().isoformat(), "teller": "x", "routes": ["ops"]}
    commit_untold(world, json.dumps({"untold": [made_up]}))
    world.clock.move(LONG_ENOUGH)

    assert comes(world, httpserver, ops) == 1
    assert told(httpserver) == []
    assert untold(world) == []


def commit_untold(world: World, content: str) -> None:
    """Somebody writes the file by hand."""
    blob = world.git("hash-object", "-w", "--stdin", stdin=content).strip()
    lines = [line for line in world.git("ls-tree", LEDGER).splitlines() if not line.endswith(UNTOLD_FILE)]
    tree = world.git("mktree", stdin="\n".join([*lines, f"100644 blob {blob}\t{UNTOLD_FILE}"]) + "\n").strip()
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@acme.example")
    commit = world.git(*who, "commit-tree", tree, "-p", LEDGER, "-m", "By hand").strip()
    world.git("update-ref", f"refs/heads/{LEDGER}", commit)


def test_only_of_this_machine_it_is_known_who_is_gone() -> None:
    this = name_of_this_process()
    machine = this.split("-")[0]

    assert not is_gone(this)
    assert is_gone(f"{machine}-{2**22 + 7}-00000000")
    assert is_gone(f"{machine}-9999999999-00000000")
    assert not is_gone("00000000-4194311-00000000")
    assert not is_gone(f"{machine}-0-00000000")
    assert not is_gone("../../etc")

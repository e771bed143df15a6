"""When a promotion comes to its end, the next one is named: the one whose turn it is, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from promontory.entry import Entry, EntryKind
from promontory.model import Place
from promontory.promotion.approving import answer
from promontory.promotion.at_gates import wait_at_gates
from promontory.promotion.attending import attend
from promontory.promotion.delivery import plan_hop
from promontory.promotion.holding import add_hold
from promontory.promotion.next_in_line import next_in_line, places_after
from promontory.promotion.planning import closed
from promontory.promotion.reverting import revert
from promontory.promotion.turns import leave
from promontory.promotion.values import Hop
from tests.promotion.conftest import MakeWorld
from tests.promotion.test_superseding import WINDOW, ask, hop_into, push, run_of
from tests.promotion.world import Hops, World

QUEUE = "environments:\n  production: {superseded: queue, verify: [{kind: fake}]}\n"
ASKING = "environments:\n  production: {superseded: queue, approval: {expires: 1h}, verify: [{kind: fake}]}\n"
TWO = "environments:\n  dev: {verify: [{kind: fake, broken: [v6.6.6]}]}\n  production: {after: dev}\n"


def come(hops: Hops, release: str, to: str = "production", **also: str) -> Hop:
    """Plan it, and wait where gates are closed, as a run does."""
    hop = hop_into(hops, release, to, **also)
    plan, gates = plan_hop(hops.workspace, hop)
    shut = closed(gates)
    assert shut, "nothing to wait for"
    wait_at_gates(hops.workspace, hop, plan, shut)
    return hop


def listening(hops: Hops) -> list[Entry]:
    """What is recorded by a run from now on."""
    heard: list[Entry] = []
    hops.workspace = replace(hops.workspace, heard=heard.extend)
    return heard


def next_after(hops: Hops, heard: list[Entry]) -> list[str]:
    """The runs that whoever recorded ``heard`` wakes."""
    found = next_in_line(hops.workspace, places_after(hops.workspace, heard))
    return [entry.run or "" for entry in found]


def test_the_end_of_a_promotion_names_the_first_in_line_and_then_the_next(make_world: MakeWorld) -> None:
    world = make_world(pipeline=QUEUE)
    first, second, third = run_of(world), run_of(world), run_of(world)
    heard = listening(first)
    old = hop_into(first, "v1.3.0")
    entry = push(first, old)
    newer, newest = come(second, "v1.4.0"), come(third, "v1.5.0")

    first.workspace.repository.sync()
    assert next_after(first, heard) == [], "it is being verified"
    first.verify(old, entry)
    assert next_after(first, heard) == [second.run]

    second.workspace.repository.sync()
    heard = listening(second)
    second.verify(newer, push(second, newer))
    assert next_after(second, heard) == [third.run]
    third.workspace.repository.sync()
    heard = listening(third)
    third.verify(newest, push(third, newest))
    assert next_after(third, heard) == []


def rejected(world: World, asking: Hops, hop: Hop) -> Hops:
    """By somebody with a command."""
    person = Hops(world.workspace("alice"), "command")
    heard = listening(person)
    answer(person.workspace, hop.promotion, "rejected", "no", "command line")
    assert [entry.kind for entry in heard] == ["rejected"]
    return person


def expired(world: World, asking: Hops, hop: Hop) -> Hops:
    world.clock.move(timedelta(minutes=61))
    asking.workspace.repository.sync()
    (request,) = [entry for entry in world.entries("production") if entry.kind == "requested"]
    attend(asking.workspace, hop.promotion, request.digest or "", timedelta(seconds=15))
    return asking


@pytest.mark.parametrize("end", [rejected, expired])
def test_a_request_that_is_over_names_the_next(make_world: MakeWorld, end: Callable[[World, Hops, Hop], Hops]) -> None:
    world = make_world(pipeline=ASKING)
    first, second = run_of(world), run_of(world)
    old = ask(first, "v1.3.0")
    come(second, "v1.4.0")

    ending = end(world, first, old)

    ending.workspace.repository.sync()
    assert next_after(ending, [entry for entry in world.entries("production") if entry.kind == "rejected"]) == [
        second.run
    ]


def test_a_revert_and_a_place_that_is_given_up_name_the_next(make_world: MakeWorld) -> None:
    world = make_world(pipeline=QUEUE)
    first, second, third = run_of(world), run_of(world), run_of(world)
    old = hop_into(first, "v1.3.0")
    entry = push(first, old)
    come(second, "v1.4.0")
    come(third, "v1.5.0")
    first.workspace.repository.sync()
    heard = listening(first)

    assert revert(first.workspace, old, entry, "ill")
    assert next_after(first, heard) == [second.run]

    second.workspace.repository.sync()
    heard = listening(second)
    leave(second.workspace, second.run, "cancelled")
    assert next_after(second, heard) == [third.run]


def test_a_promotion_that_a_hold_stops_when_its_turn_comes_names_the_next(make_world: MakeWorld) -> None:
    world = make_world(pipeline=QUEUE)
    first, second, third = run_of(world), run_of(world), run_of(world)
    old = hop_into(first, "v1.3.0")
    entry = push(first, old)
    held = come(second, "v1.4.0")
    come(third, "v1.5.0")
    add_hold(world.workspace("alice"), held.place, "v1.4.0", "not this one")
    first.workspace.repository.sync()
    first.verify(old, entry)
    second.workspace.repository.sync()
    heard = listening(second)

    assert closed(plan_hop(second.workspace, held)[1])

    assert next_after(second, heard) == [third.run]


def test_who_waits_for_a_clock_alone_is_not_named(make_world: MakeWorld) -> None:
    world = make_world(pipeline=QUEUE)
    first, second = run_of(world), run_of(world)
    old = hop_into(first, "v1.3.0")
    entry = push(first, old)
    other = hop_into(second, "v1.4.0")
    wait_at_gates(second.workspace, other, plan_hop(second.workspace, other)[0], [WINDOW])
    first.workspace.repository.sync()
    heard = listening(first)

    first.verify(old, entry)

    assert next_after(first, heard) == []


def test_applications_that_move_together_are_named_when_nobody_is_before_any_of_them(make_world: MakeWorld) -> None:
    world = make_world(pipeline=QUEUE, applications=("web-app", "api"))
    first, other, train = run_of(world), run_of(world), run_of(world)
    web, api = hop_into(first, "v1.3.0"), other.hop("v2.0.0", "production", "api")
    pushed, also = push(first, web), push(other, api)
    come(train, "v1.4.0", api="v2.1.0")
    first.workspace.repository.sync()
    heard = listening(first)

    first.verify(web, pushed)
    assert next_after(first, heard) == [], "api's turn has not come"
    other.workspace.repository.sync()
    heard = listening(other)
    other.verify(api, also)

    assert next_after(other, heard) == [train.run]


@pytest.mark.parametrize("release", ["v1.3.0", "v6.6.6"])
def test_a_verdict_names_who_waits_for_it_in_the_environment_after(make_world: MakeWorld, release: str) -> None:
    world = make_world(pipeline=TWO)
    first, second = run_of(world), run_of(world)
    hop = hop_into(first, release, "dev")
    entry = push(first, hop)
    come(second, release)
    first.workspace.repository.sync()
    heard = listening(first)
    assert next_after(first, [entry]) == []

    first.verify(hop, entry)

    assert next_after(first, heard) == [second.run], "to go on, or to end"


def test_what_ends_nothing_names_nobody(make_world: MakeWorld) -> None:
    workspace = make_world(pipeline=QUEUE).workspace()
    kinds: tuple[EntryKind, ...] = ("tested", "waiting", "requested", "approved", "proposed", "soaking", "undelivered")
    entries = [workspace.entry(kind, Place("web-app", "production"), "v1.3.0", "ab12") for kind in kinds]

    assert places_after(workspace, entries) == ()

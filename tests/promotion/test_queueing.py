"""Where releases queue, one that comes later waits until those before it have come to their end; nobody starves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.model import GateState
from promontory.promotion.approving import answer, standing
from promontory.promotion.at_gates import wait_at_gates
from promontory.promotion.planning import ask_all, closed
from promontory.promotion.turns import leave, queued
from promontory.promotion.values import Hop
from promontory.promotion.waiting import waiting
from tests.promotion.conftest import MakeWorld
from tests.promotion.test_superseding import approve, ask, ends, hop_into, push, run_of, wait
from tests.promotion.world import Hops, World

ASKING = "environments:\n  production: {superseded: queue, approval: {}, verify: [{kind: fake}]}\n"
PLAIN = "environments:\n  production: {superseded: queue, verify: [{kind: fake}]}\n"
UNCHECKED = "environments:\n  production: {superseded: queue}\n"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(pipeline=ASKING)


def turn(hops: Hops, hop: Hop) -> GateState | None:
    """What keeps it from coming in now."""
    hops.workspace.repository.sync()
    return next(iter(closed(ask_all(hops.workspace, hop))), None)


def test_a_newer_release_waits_behind_an_older_one(world: World) -> None:
    old = ask(run_of(world), "v1.3.0")
    run = run_of(world)

    state = turn(run, hop_into(run, "v1.4.0"))

    assert state
    assert (state.gate, state.waits, state.owner) == ("turn", True, "ci")
    told = f"v1.3.0 is before it: waits for approval since 2025-03-01 12:00 UTC ({old.promotion})"
    assert state.reason == told
    assert ends(world) == []


@pytest.mark.parametrize("word", ["approved", "rejected"])
def test_it_comes_when_the_one_before_has_come_to_its_end(world: World, word: str) -> None:
    first, second = run_of(world), run_of(world)
    old = ask(first, "v1.3.0")
    new = wait(second, "v1.4.0")
    assert turn(second, new)

    answer(run_of(world).workspace, old.promotion, word, "said so", "command line")  # type: ignore[arg-type]
    first.workspace.repository.sync()
    if word == "approved":
        entry = push(first, old)
        state = turn(second, new)
        assert state
        assert state.reason.startswith("v1.3.0 is before it: is being verified since")
        first.verify(old, entry)

    assert turn(second, new) is None


def test_without_checks_to_be_pushed_is_the_end(make_world: MakeWorld) -> None:
    world = make_world(pipeline=UNCHECKED)
    first, second = run_of(world), run_of(world)
    old, new = wait(first, "v1.3.0"), wait(second, "v1.4.0")
    assert turn(second, new)

    push(first, old)

    assert turn(second, new) is None


def test_first_come_first_served_whatever_the_version(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    runs = [run_of(world) for _ in range(3)]
    hops = [wait(run, release) for run, release in zip(runs, ("blue", "azure", "cyan"), strict=True)]

    for number, (run, hop) in enumerate(zip(runs, hops, strict=True)):
        stopped = [turn(other, each) for other, each in zip(runs[number:], hops[number:], strict=True)]
        assert [state is None for state in stopped] == [True] + [False] * (len(stopped) - 1)
        run.verify(hop, push(run, hop))

    assert world.release("production") == "cyan"


def test_who_does_not_come_when_it_is_its_turn_is_passed_over(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    first, second, third = run_of(world), run_of(world), run_of(world)
    old = hop_into(first, "v1.3.0")
    entry = push(first, old)
    gone = hop_into(second, "v1.4.0")
    plan = second.plan(gone)
    state = turn(second, gone)
    assert state

    wait_at_gates(second.workspace, gone, plan, [state])
    new = hop_into(third, "v1.5.0")
    first.verify(old, entry)

    assert turn(third, new), "v1.4.0 has the right to come first"
    world.clock.move(timedelta(minutes=61))
    assert turn(third, new) is None, "its run has died"


def test_a_push_that_nobody_judges_does_not_stop_the_queue_for_ever(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    first, second = run_of(world), run_of(world)
    push(first, hop_into(first, "v1.3.0"))
    new = hop_into(second, "v1.4.0")
    assert turn(second, new)

    world.clock.move(timedelta(minutes=66))

    assert turn(second, new) is None


def test_trains_stand_in_one_order_everywhere(make_world: MakeWorld) -> None:
    world = make_world(pipeline=ASKING, applications=("web-app", "api"))
    first, second = run_of(world), run_of(world)
    old = ask(first, "v1.3.0", api="v2.0.0")
    new = hop_into(second, "v1.4.0", api="v2.1.0")

    assert turn(first, old) is None
    state = turn(second, new)
    assert state
    assert state.waits
    approve(world, old)
    first.workspace.repository.sync()
    first.verify(old, push(first, old))
    assert turn(second, new) is None


def test_when_overtaking_is_the_rule_again_the_newest_of_a_queue_ends_the_others(world: World) -> None:
    ask(run_of(world), "v1.3.0")
    world.config = world.config.model_copy(
        update={
            "environments": {
                "production": world.config.environments["production"].model_copy(update={"superseded": "cancel"})
            }
        }
    )

    new = ask(run_of(world), "v1.4.0")

    assert ends(world) == [("v1.3.0", new.promotion)]
    assert [one.release for one in waiting(run_of(world).workspace)] == ["v1.4.0"]


def test_a_request_that_has_expired_holds_up_nobody_even_if_nobody_has_looked(make_world: MakeWorld) -> None:
    world = make_world(pipeline=ASKING.replace("approval: {}", "approval: {expires: 1h}"))
    ask(run_of(world), "v1.3.0")
    run = run_of(world)
    new = hop_into(run, "v1.4.0")
    assert turn(run, new)

    world.clock.move(timedelta(minutes=61))

    assert turn(run, new) is None


def test_a_run_that_was_cancelled_while_it_asked_withdraws_its_request(world: World) -> None:
    first, second = run_of(world), run_of(world)
    gone, new = ask(first, "v1.3.0"), wait(second, "v1.4.0")
    second.workspace.repository.sync()

    leave(second.workspace, first.run, "the run that waited for it was cancelled")

    assert turn(second, new) is None
    assert [(one.release, one.status) for one in waiting(second.workspace)] == [("v1.4.0", "waiting")]
    (end,) = [entry for entry in world.entries("production") if entry.kind == "rejected"]
    assert (end.promotion, end.run) == (gone.promotion, first.run)


def test_a_run_that_was_cancelled_gives_its_place_up(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    first, second = run_of(world), run_of(world)
    gone, new = wait(first, "v1.3.0"), wait(second, "v1.4.0")
    assert [entry.run for entry in queued(second.workspace)] == [first.run, second.run]
    assert turn(second, new)

    leave(second.workspace, first.run, "the run that waited for it was cancelled")

    assert turn(second, new) is None
    (end,) = [entry for entry in world.entries("production") if entry.kind == "rejected"]
    assert (end.promotion, end.run) == (gone.promotion, first.run)


def test_who_waits_for_what_has_no_known_end_keeps_its_place_for_a_day(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    wait(run_of(world), "v1.3.0")
    run = run_of(world)
    new = hop_into(run, "v1.4.0")

    world.clock.move(timedelta(hours=23))
    assert turn(run, new)
    world.clock.move(timedelta(hours=2))
    assert turn(run, new) is None


def test_what_soaks_anew_after_its_verdict_is_under_way_again(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    first, second = run_of(world), run_of(world)
    old = hop_into(first, "v1.3.0")
    first.verify(old, push(first, old))
    new = hop_into(second, "v1.4.0")
    assert turn(second, new) is None

    until = world.clock.now() + timedelta(hours=3)
    first.append("soaking", "production", "v1.3.0", promotion=old.promotion, until=until)
    world.clock.move(timedelta(hours=2))

    state = turn(second, new)
    assert state
    assert state.reason.startswith("v1.3.0 is before it: is being verified")


@pytest.mark.parametrize("how", ["rejected", "expired"])
def test_who_was_refused_while_nobody_looked_does_not_queue_again(make_world: MakeWorld, how: str) -> None:
    """Its run is woken by that, and would find the next one before it."""
    world = make_world(pipeline=ASKING.replace("approval: {}", "approval: {expires: 1h}"))
    first, second = run_of(world), run_of(world)
    old = ask(first, "v1.3.0")
    wait(second, "v1.4.0")
    if how == "rejected":
        answer(run_of(world).workspace, old.promotion, "rejected", "not now", "command line")
    else:
        world.clock.move(timedelta(minutes=61))
        first.workspace.repository.sync()
        standing(first.workspace, old.place, old.promotion, first.plan(old).digest)

    again = hop_into(first, "v1.3.0")
    state = turn(first, again)
    assert state
    looked = wait_at_gates(first.workspace, again, first.plan(again), [state])

    assert (again.promotion, looked.refused) == (old.promotion, how)
    assert ("not now" if how == "rejected" else "nobody") in looked.reason
    assert world.kinds("production").count("waiting") == 1

"""A release that is healthy is watched on for as long as the environment says, before it counts as verified."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from promontory.config import load
from promontory.entry import Entry
from promontory.errors import ConfigurationError, TransientError
from promontory.health import Health, Observation, Verdict
from promontory.promotion.delivery import plan_hop
from promontory.promotion.planning import closed
from promontory.promotion.reverting import revert
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.verification import verify
from promontory.promotion.views import status
from tests.promotion.conftest import MakeWorld
from tests.promotion.fakes import VOCABULARY, FakeCheck
from tests.promotion.world import Hops, World

PIPELINE = """\
environments:
  dev:
    soak: 2h
    verify: [{kind: fake, interval: 1ms, broken: [v6.6.6]}]
  staging:
    after: dev
    verify: [{kind: fake}]
"""
HEALTHY = Observation(health=Health.HEALTHY, reason="200", proven=True)
BROKEN = Observation(health=Health.UNHEALTHY, reason="answers 500")
FAILED = Observation(health=Health.UNHEALTHY, reason="the pods crash", final=True)


@pytest.fixture
def world(make_world: MakeWorld) -> Iterator[World]:
    yield make_world(pipeline=PIPELINE)
    FakeCheck.script.clear()


@pytest.fixture
def hops(world: World) -> Hops:
    return Hops(world.workspace())


def see(hops: Hops, pushed: tuple[Hop, Entry], *script: Observation | TransientError) -> Verdict | Soaking | None:
    FakeCheck.script[:] = script
    return asyncio.run(verify(hops.workspace, *pushed))


def until(seen: object) -> datetime:
    assert isinstance(seen, Soaking), seen
    return seen.until


def test_it_counts_as_verified_when_it_has_stayed_healthy_for_so_long(world: World, hops: Hops) -> None:
    start = world.clock.now()
    pushed = hops.push("v2.0.0", "dev")

    assert until(see(hops, pushed)) == start + timedelta(hours=2)
    assert world.record("dev").verified("v2.0.0") is None
    world.clock.move(timedelta(hours=1, minutes=59))
    assert isinstance(see(hops, pushed), Soaking)
    world.clock.move(timedelta(minutes=1))
    verdict = see(hops, pushed)

    assert isinstance(verdict, Verdict)
    assert verdict.healthy
    assert world.kinds("dev") == ["planned", "pushed", "soaking", "verdict"]
    assert world.record("dev").verified("v2.0.0")


def test_looks_that_are_not_enough_by_themselves_do_not_begin_it_anew(world: World, hops: Hops) -> None:
    pushed = hops.push("v2.0.0", "dev")
    first = until(see(hops, pushed, HEALTHY))
    world.clock.move(timedelta(hours=1))
    measured = Observation(health=Health.PROGRESSING, reason="1 of 2 measurements made", undecided=True)

    again = until(see(hops, pushed, measured, HEALTHY))

    assert again == first


def test_what_soaks_goes_nowhere_else_yet(world: World, hops: Hops) -> None:
    see(hops, hops.push("v2.0.0", "dev"))

    _, gates = plan_hop(hops.workspace, hops.hop("v2.0.0", "staging"))

    (gate,) = closed(gates)
    assert (gate.gate, gate.reason) == (
        "provenance",
        "v2.0.0 soaks in dev since 2025-03-01 12:00 UTC, until 2025-03-01 14:00 UTC",
    )
    assert (gate.waits, gate.opens) == (True, world.clock.now() + timedelta(hours=2))


def test_a_flap_starts_the_time_anew(world: World, hops: Hops) -> None:
    pushed = hops.push("v2.0.0", "dev")
    see(hops, pushed)
    world.clock.move(timedelta(hours=1))

    assert until(see(hops, pushed, BROKEN, HEALTHY)) == world.clock.now() + timedelta(hours=2)

    assert world.entries("dev")[-1].reason == "watched for 2h anew: fake dev was not healthy for a while"
    world.clock.move(timedelta(hours=1))
    assert isinstance(see(hops, pushed), Soaking)


def test_a_flap_that_nobody_saw_counts_from_its_end(world: World, hops: Hops) -> None:
    pushed = hops.push("v2.0.0", "dev")
    see(hops, pushed)
    world.clock.move(timedelta(hours=1))
    since = world.clock.now() - timedelta(minutes=20)

    assert until(see(hops, pushed, HEALTHY.model_copy(update={"since": since}))) == since + timedelta(hours=2)


def test_to_have_been_healthy_since_before_is_no_flap(world: World, hops: Hops) -> None:
    pushed = hops.push("v2.0.0", "dev")
    lasting = HEALTHY.model_copy(update={"since": world.clock.now()})
    first = until(see(hops, pushed, lasting))
    world.clock.move(timedelta(hours=1))

    assert until(see(hops, pushed, lasting)) == first


def test_not_to_have_been_able_to_ask_starts_it_anew_unless_the_answer_says_since_when(
    world: World, hops: Hops
) -> None:
    pushed = hops.push("v2.0.0", "dev")
    lasting = HEALTHY.model_copy(update={"since": world.clock.now()})
    first = until(see(hops, pushed))
    world.clock.move(timedelta(minutes=30))
    away = TransientError("connection refused")

    assert until(see(hops, pushed, away, lasting)) == first
    assert until(see(hops, pushed, away, HEALTHY)) == world.clock.now() + timedelta(hours=2)


def test_what_fails_while_it_soaks_is_taken_back_and_the_revert_does_not_soak(world: World, hops: Hops) -> None:
    hop, pushed = hops.push("v2.0.0", "dev")
    see(hops, (hop, pushed))
    world.clock.move(timedelta(hours=1))

    verdict = see(hops, (hop, pushed), FAILED)
    assert isinstance(verdict, Verdict)
    assert not verdict.healthy
    reverted = revert(hops.workspace, hop, pushed, "the pods crash")
    assert reverted
    again = see(hops, (hop, reverted))

    assert isinstance(again, Verdict)
    assert again.healthy
    assert world.release("dev") == "v1.0.0"


def test_another_process_goes_on_with_the_soak(world: World, hops: Hops) -> None:
    first = until(see(hops, hops.push("v2.0.0", "dev")))
    world.clock.move(timedelta(hours=1))

    other = Hops(world.workspace(cache="other"), run="run-2")
    hop = other.hop("v2.0.0", "dev")

    assert hop.step == "verify"
    assert hop.entry
    assert until(see(other, (hop, hop.entry))) == first


def test_status_says_that_it_soaks_and_until_when(world: World, hops: Hops) -> None:
    see(hops, hops.push("v2.0.0", "dev"))

    row = next(row for row in status(hops.workspace) if row.environment == "dev")

    assert (row.health, row.pending) == ("soaking", "soaks until 2025-03-01 14:00 UTC")


def test_a_soak_without_checks_is_refused() -> None:
    text = "applications: {a: {strategy: {kind: directory, path: a, image: a}}}\nenvironments: {dev: {soak: 2h}}\n"

    with pytest.raises(ConfigurationError, match="soak: there is no verify:, so nothing would be watched"):
        load(text, file="promontory.yaml", vocabulary=VOCABULARY)

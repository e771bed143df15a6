"""A release goes on only with what is asked of the environments before; promoting again makes up for the rest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from promontory.config.advice import warnings
from promontory.model import GateState
from promontory.promotion.planning import ask_gates, closed
from promontory.promotion.reverting import revert
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.verification import verify
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, configure

DEV = "  dev: {{owner: team web, {soak}verify: [{{kind: fake, broken: [v6.6.6]}}]}}\n"
PIPELINE = "environments:\n" + DEV + "  staging: {{after: dev, {asked}verify: [{{kind: fake}}]}}\n"
DIAMOND = """\
environments:
  dev: {verify: [{kind: fake}]}
  west: {after: dev, verify: [{kind: fake}]}
  east: {after: dev, verify: [{kind: fake}]}
  production: {after: [west, east], verify: [{kind: fake}]}
"""


def pipeline(soak: str = "", asked: str = "") -> str:
    return PIPELINE.format(soak=f"soak: {soak}, " if soak else "", asked=f"provenance: {asked}, " if asked else "")


def under(hops: Hops, soak: str = "", asked: str = "") -> Hops:
    """The rules are others from now on."""
    config = configure(pipeline=pipeline(soak, asked))
    return Hops(replace(hops.workspace, config=config), "run-2")


def answer(hops: Hops, release: str, environment: str = "staging", application: str = "web-app") -> GateState:
    hops.workspace.repository.sync()
    place = hops.workspace.config.place(application, environment)
    return next(state for state in ask_gates(hops.workspace, place, release, None) if state.gate == "provenance")


def steps(hops: Hops, release: str, to: str = "staging") -> dict[str, str]:
    hops.workspace.repository.sync()
    waves = survey(hops.workspace, "web-app", release, to, hops.run)
    return {hop.environment: hop.step for wave in waves for hop in wave}


def look(hops: Hops, hop: Hop) -> bool:
    """One look at what is there already; whether it soaks on."""
    entry = hop.entry
    assert entry
    return isinstance(asyncio.run(verify(hops.workspace, hop, entry)), Soaking)


@pytest.fixture
def hops(make_world: MakeWorld) -> Hops:
    return Hops(make_world(pipeline=pipeline()).workspace())


@pytest.mark.parametrize("before", ["", "1h"])
def test_a_soak_that_was_added_or_lengthened_later_is_made_up_for(make_world: MakeWorld, before: str) -> None:
    world = make_world(pipeline=pipeline(before))
    hops = Hops(world.workspace())
    pushed = hops.push("v1.1.0", "dev")
    asyncio.run(verify(hops.workspace, *pushed))
    world.clock.move(timedelta(hours=1))
    if before:
        hops.verify(*pushed)
    assert answer(hops, "v1.1.0").open

    later = under(hops, "2h")
    assert "that it has to soak there" in answer(later, "v1.1.0").reason
    assert answer(later, "v1.1.0").owner == "team web"
    hop = later.hop("v1.1.0", "dev")
    assert hop.step == "verify"
    assert look(later, hop), "it soaks now, for as long as is asked"
    state = answer(later, "v1.1.0")
    assert (state.waits, state.opens) == (True, world.clock.now() + timedelta(hours=2))
    world.clock.move(timedelta(hours=2))
    assert not look(later, later.hop("v1.1.0", "dev"))

    assert answer(later, "v1.1.0").reason.endswith("after 2h")
    assert steps(later, "v1.1.0") == {"dev": "skip", "staging": "promote"}


def test_a_soak_that_is_lengthened_or_shortened_while_it_lasts_ends_accordingly(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline("2h"))
    hops = Hops(world.workspace())
    start = world.clock.now()
    pushed = hops.push("v1.1.0", "dev")
    asyncio.run(verify(hops.workspace, *pushed))
    world.clock.move(timedelta(hours=1))

    longer, shorter = under(hops, "4h"), under(hops, "90m")
    look(longer, longer.hop("v1.1.0", "dev"))
    assert answer(longer, "v1.1.0").opens == start + timedelta(hours=4)
    assert world.entries("dev")[-1].reason == "to be watched for 4h by now"
    look(shorter, shorter.hop("v1.1.0", "dev"))
    world.clock.move(timedelta(minutes=30))

    assert not look(shorter, shorter.hop("v1.1.0", "dev"))
    assert answer(shorter, "v1.1.0").open
    assert not answer(longer, "v1.1.0").open


def test_what_a_revert_brought_back_soaks_where_it_never_has(hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v6.6.6", "dev")
    later = under(hops, "2h")
    hop = later.hop("v1.1.0", "dev")
    assert (hop.step, hop.entry and hop.entry.kind) == ("verify", "reverted")

    assert look(later, hop)
    assert answer(later, "v1.1.0").waits


def test_a_revert_itself_is_not_soaked(make_world: MakeWorld) -> None:
    hops = Hops(make_world(pipeline=pipeline("2h")).workspace())
    hop, pushed = hops.push("v1.1.0", "dev")

    reverted = revert(hops.workspace, hop, pushed, "it leaks")

    assert reverted
    assert hops.verify(hop, reverted), "a verdict at once"


def test_what_somebody_else_put_there_has_to_soak_as_well(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline("2h"))
    hops = Hops(world.workspace())
    world.set_release("dev", "v1.1.0")
    hops.workspace.repository.sync()
    assert answer(hops, "v1.1.0").reason == "v1.1.0 is not verified in dev yet"

    hop = hops.hop("v1.1.0", "dev")
    found = hops._delivered(hop)
    assert isinstance(asyncio.run(verify(hops.workspace, hop, found)), Soaking)
    assert answer(hops, "v1.1.0").waits
    world.clock.move(timedelta(hours=2))
    hops.verify(hop, found)
    assert answer(hops, "v1.1.0").open


def test_deployed_lets_what_was_there_go_on_without_a_verdict(hops: Hops) -> None:
    hops.push("v1.1.0", "dev")
    hops.push("v1.2.0", "dev")
    asks_less = under(hops, asked="deployed")

    assert not answer(hops, "v1.1.0").open
    assert answer(asks_less, "v1.1.0").open
    assert steps(asks_less, "v1.1.0") == {"dev": "skip", "staging": "promote"}
    assert steps(Hops(hops.workspace, "run-2"), "v1.1.0") == {"dev": "promote", "staging": "promote"}


def test_none_lets_a_release_pass_by_an_environment_that_runs_a_newer_one(hops: Hops) -> None:
    hops.promote("v1.2.0", "dev")
    asks_nothing = under(hops, asked="none")

    assert steps(asks_nothing, "v1.1.0") == {"dev": "skip", "staging": "promote"}
    assert steps(hops, "v1.1.0") == {"dev": "promote", "staging": "promote"}
    assert steps(asks_nothing, "v1.3.0") == {"dev": "promote", "staging": "promote"}, "it goes the usual way"
    assert answer(asks_nothing, "v1.1.0").open


def test_of_two_environments_before_both_are_asked(make_world: MakeWorld) -> None:
    hops = Hops(make_world(pipeline=DIAMOND).workspace())
    hops.promote_through("v1.1.0", "dev", "west")

    state = answer(hops, "v1.1.0", "production")

    assert state.reason == "v1.1.0 is not verified in east yet"
    assert state.remedy == "promontory promote web-app v1.1.0 --to east"
    hops.promote("v1.1.0", "east")
    assert answer(hops, "v1.1.0", "production").open


def test_where_the_application_does_not_run_the_one_before_is_asked(make_world: MakeWorld) -> None:
    extra = "    environments: {west: false, east: false}\n"
    hops = Hops(make_world(pipeline=DIAMOND, extra=extra).workspace())

    assert answer(hops, "v1.1.0", "production").reason == "v1.1.0 is not verified in dev yet"
    hops.promote("v1.1.0", "dev")
    assert answer(hops, "v1.1.0", "production").open


def test_of_applications_that_move_together_each_is_asked(make_world: MakeWorld) -> None:
    hops = Hops(make_world(pipeline=pipeline(), applications=("web-app", "api")).workspace())
    hops.promote("v1.1.0", "dev")
    waves = survey(hops.workspace, "web-app", "v1.1.0", "staging", "run-1", {"api": "v2.0.0"})
    together = next(hop for wave in waves for hop in wave if hop.environment == "staging")

    hops.plan(together)

    shut = [gate for entry in hops.workspace.ledger.entries(kinds=["planned"]) for gate in closed(entry.gates)]
    assert {(gate.application, gate.reason) for gate in shut} == {("api", "v2.0.0 is not verified in dev yet")}


def test_production_that_asks_for_nothing_is_warned_of() -> None:
    text = "environments:\n  dev: {verify: [{kind: fake}]}\n  prod: {after: dev, approval: {}, provenance: none}\n"

    told = [problem.message for problem in warnings(configure(pipeline=text))]

    assert "no proof is asked for: what was never verified elsewhere may be deployed here" in told

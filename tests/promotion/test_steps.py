"""The suites before a push and the checks after it, and what the ledger keeps of them."""

from __future__ import annotations

import asyncio

from promontory.health import Health
from promontory.promotion.delivery import deliver
from promontory.promotion.testing import failures
from promontory.promotion.testing import test_release as run_suites
from promontory.promotion.verification import verify
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World

UNCHECKED = "environments:\n  dev: {}\n"


def test_suites_run_in_a_working_tree_and_are_recorded_with_the_push(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hop = hops.hop("v1.1.0", "staging")
    plan = hops.plan(hop)

    results = asyncio.run(run_suites(hops.workspace, hop))
    assert world.kinds("staging") == []
    deliver(hops.workspace, hop, plan, results)

    assert [result.passed for result in results] == [True]
    assert failures(results) == ""
    assert world.kinds("staging") == ["tested", "planned", "pushed"]
    assert world.entries("staging")[0].suites == results


def test_a_failed_suite_is_recorded_at_once(world: World, hops: Hops) -> None:
    results = asyncio.run(run_suites(hops.workspace, hops.hop("v5.5.5", "staging")))

    assert failures(results) == "fake: it is broken"
    assert world.kinds("staging") == ["tested"]
    assert world.entries("staging")[0].suites == results


def test_without_suites_there_is_nothing_to_record(world: World, hops: Hops) -> None:
    assert asyncio.run(run_suites(hops.workspace, hops.hop("v1.1.0", "dev"))) == ()
    assert world.entries() == ()


def test_a_healthy_verdict_is_recorded_with_its_evidence(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")

    verdict = asyncio.run(verify(hops.workspace, hop, entry))

    recorded = world.entries("dev")[-1]
    assert verdict
    assert verdict.healthy
    assert verdict.proven
    assert (recorded.kind, recorded.promotion, recorded.verdict) == ("verdict", hop.promotion, verdict)


def test_a_bad_verdict_is_recorded_with_its_reasons(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v6.6.6", "dev")

    verdict = asyncio.run(verify(hops.workspace, hop, entry))

    assert verdict
    assert verdict.health is Health.UNHEALTHY
    assert world.entries("dev")[-1].reason == "fake dev: v6.6.6 is broken"


def test_without_checks_there_is_no_verdict(make_world: MakeWorld) -> None:
    world = make_world(pipeline=UNCHECKED)
    hops = Hops(world.workspace())
    hop, entry = hops.push("v1.1.0", "dev")

    assert asyncio.run(verify(hops.workspace, hop, entry)) is None
    assert world.kinds("dev") == ["planned", "pushed"]

"""What a cancelled run left: only what it pushed, nobody has judged, and is still in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.entry import Entry
from promontory.promotion.abandoned import WHY, asked_back, hop_of, is_overdue, is_pointless, unjudged, unverified
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.revert_requests import settle_revert
from promontory.promotion.reverting import revert
from promontory.promotion.survey import survey
from tests.promotion.conftest import MakeWorld
from tests.promotion.forges import MakeProposer
from tests.promotion.world import Hops, World

PIPELINE = """\
environments:
  dev: {verify: [{kind: fake, broken: [v6.6.6]}], on_cancel: revert}
  staging: {verify: [{kind: fake}]}
  unverified: {}
"""


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(pipeline=PIPELINE, applications=("web-app", "api"))


def left(world: World, run: str | None = None) -> list[tuple[str, str]]:
    return [(entry.environment, entry.release) for entry in unverified(world.workspace(cache="reader"), run)]


def test_what_was_pushed_and_not_verified_is_left(world: World, hops: Hops) -> None:
    for environment in ("dev", "staging", "unverified"):
        hops.push("v1.1.0", environment)
    Hops(world.workspace(), "run-2").push("v1.2.0", "dev", "api")

    assert left(world, "run-1") == [("dev", "v1.1.0"), ("staging", "v1.1.0")]
    assert left(world) == [("dev", "v1.1.0"), ("dev", "v1.2.0")], "where it is to go back"


def test_what_was_judged_taken_back_or_replaced_is_not(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hop, pushed = hops.push("v1.1.0", "dev", "api")
    revert(hops.workspace, hop, pushed, "unhealthy")
    assert left(world, "run-1") == []

    hops.push("v1.2.0", "dev")
    Hops(world.workspace(), "run-2").promote("v1.3.0", "dev")
    assert left(world, "run-1") == []


def test_a_soak_that_was_not_over_counts_as_not_verified(world: World, hops: Hops) -> None:
    _, pushed = hops.push("v1.1.0", "dev")
    hops.append("soaking", "dev", "v1.1.0", promotion=pushed.promotion, until=world.clock.now())

    assert left(world, "run-1") == [("dev", "v1.1.0")]


def taken_back(world: World, entry: Entry, cache: str) -> Entry | None:
    workspace = world.workspace(cache=cache)
    return revert(workspace, hop_of(workspace, entry), entry, WHY)


def test_it_is_taken_back_once_however_many_do_it(world: World, hops: Hops) -> None:
    hops.push("v1.1.0", "dev")
    (entry,) = unverified(world.workspace())

    done = [taken_back(world, entry, cache) for cache in ("one", "two")]

    assert [each and each.previous for each in done] == ["v1.0.0", "v1.0.0"]
    assert world.kinds("dev")[-2:] == ["held", "reverted"]
    assert world.entries("dev")[-1].reason == "its run was cancelled before it was verified"
    assert world.release("dev") == "v1.0.0"
    assert left(world) == []


def test_what_somebody_has_replaced_by_hand_stays(world: World, hops: Hops) -> None:
    hops.push("v1.1.0", "dev")
    (entry,) = unverified(world.workspace())
    world.set_release("dev", "v1.2.0")

    assert taken_back(world, entry, "one") is None
    assert world.release("dev") == "v1.2.0"


def test_what_moved_together_goes_back_together(world: World, hops: Hops) -> None:
    workspace = hops.workspace
    (hop,) = (hop for wave in survey(workspace, "web-app", "v1.1.0", "dev", "run-1", {"api": "v1.1.0"}) for hop in wave)
    deliver(workspace, hop, plan_hop(workspace, hop)[0])
    (entry,) = unverified(world.workspace())

    taken_back(world, entry, "one")

    assert (world.release("dev"), world.release("dev", "api")) == ("v1.0.0", "v1.0.0")


def test_a_revert_whose_environment_has_moved_on_is_left_over(make: MakeProposer) -> None:
    p = make("{kind: pull-request, merge: wait}")
    hop = p.hop("v1.1.0")
    p.propose(hop)
    p.fake.merge_by("alice")
    pushed = p.look(hop).entry
    assert pushed
    entry = revert(p.workspace, hop, pushed, "unhealthy")
    assert entry

    (asked,) = asked_back(p.workspace)
    assert asked.promotion == entry.promotion
    assert not is_pointless(p.workspace, asked)
    p.world.set_release("dev", "v1.2.0")
    p.workspace.repository.sync()

    assert is_pointless(p.workspace, asked)
    assert settle_revert(p.workspace, asked).status == "replaced"
    assert asked_back(p.workspace) == ()


def unwatched(world: World) -> list[tuple[str, str, str]]:
    """What nobody has judged."""
    return [(entry.environment, entry.kind, entry.release) for entry in unjudged(world.workspace(cache="reader"))]


def test_what_nobody_has_judged_counts_whatever_is_to_become_of_it(world: World, hops: Hops) -> None:
    for environment in ("dev", "staging", "unverified"):
        hops.push("v1.1.0", environment)

    assert unwatched(world) == [("dev", "pushed", "v1.1.0"), ("staging", "pushed", "v1.1.0")]
    hops.promote("v1.1.0", "dev")
    hops.promote("v1.2.0", "staging")
    assert unwatched(world) == []


def test_a_revert_that_nobody_has_looked_at_counts_as_well(world: World, hops: Hops) -> None:
    hop, pushed = hops.push("v1.1.0", "staging")
    revert(hops.workspace, hop, pushed, "unhealthy")

    assert unwatched(world) == [("staging", "reverted", "v1.1.0")]


def test_what_was_left_long_ago_was_left_for_other_reasons(world: World, hops: Hops) -> None:
    hops.push("v1.1.0", "staging")

    world.clock.move(timedelta(days=3, seconds=1))

    assert unwatched(world) == []


def test_a_run_that_nobody_can_be_asked_about_has_its_time(world: World, hops: Hops) -> None:
    """Its checks may take five minutes, whatever else is in the way an hour."""
    _, pushed = hops.push("v1.1.0", "staging")
    workspace = world.workspace()

    world.clock.move(timedelta(hours=1, minutes=4))
    assert not is_overdue(workspace, pushed)
    world.clock.move(timedelta(minutes=2))
    assert is_overdue(workspace, pushed)


def test_a_soak_counts_from_its_end(world: World, hops: Hops) -> None:
    _, pushed = hops.push("v1.1.0", "staging")
    until = world.clock.now() + timedelta(hours=8)
    hops.append("soaking", "staging", "v1.1.0", promotion=pushed.promotion, until=until)

    world.clock.move(timedelta(hours=8, minutes=30))

    assert not is_overdue(world.workspace(), pushed)

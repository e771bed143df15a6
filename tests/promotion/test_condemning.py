"""One environment of a wave takes the others along: recorded at once, and carried out whoever is killed meanwhile."""

from __future__ import annotations

import pytest

from promontory.entry import Entry
from promontory.errors import NotAllowed
from promontory.promotion.condemning import condemn
from promontory.promotion.delivery import adopt, deliver
from promontory.promotion.reverting import revert
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World

PIPELINE = """\
environments:
  eu: {verify: [{kind: fake}]}
  us: {verify: [{kind: fake, broken: [v6.6.6]}], on_failure: revert-wave}
  asia: {verify: [{kind: fake}]}
"""
EVERYWHERE = ("eu", "us", "asia")


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(pipeline=PIPELINE)


def wave(hops: Hops, release: str = "v6.6.6") -> dict[str, Hop]:
    hops.workspace.repository.sync()
    return {hop.environment: hop for hop in survey(hops.workspace, "web-app", release, None, hops.run)[0]}


def failed(hops: Hops, *, verified: str = "eu") -> tuple[dict[str, Hop], Entry]:
    """``us`` is pushed and ill, ``verified`` is healthy, the third is not pushed yet."""
    surveyed = wave(hops)
    pushed = deliver(hops.workspace, surveyed["us"], hops.plan(surveyed["us"]))
    hops.finish(surveyed[verified])
    hops.verify(surveyed["us"], pushed)
    return surveyed, pushed


def test_all_that_goes_back_is_recorded_at_once(world: World, hops: Hops) -> None:
    surveyed, pushed = failed(hops)

    why = condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"], surveyed["asia"]], "us is ill")

    assert why == "us failed (us is ill), and its wave goes back with it"
    assert sorted(path.split("/")[1] for path in world.recorded_last()) == ["asia", "eu", "us"]
    assert {world.record(name).hold("v6.6.6") is not None for name in EVERYWHERE} == {True}
    assert world.entries("us")[-1].reason == "us is ill"
    assert world.entries("eu")[-1].reason == why
    again = condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"]], "us is ill")
    assert again == why
    assert world.kinds("eu").count("held") == 1


def test_a_run_that_was_killed_after_that_goes_on_with_the_reverts(world: World, hops: Hops) -> None:
    surveyed, pushed = failed(hops)
    condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"], surveyed["asia"]], "us is ill")
    revert(hops.workspace, surveyed["us"], pushed, "us is ill")

    later = Hops(world.workspace(cache="other"), hops.run)
    again = wave(later)

    assert {name: hop.step for name, hop in again.items()} == {
        "eu": "revert", "us": "verify-revert", "asia": "promote",
    }  # fmt: skip
    hop = again["eu"]
    assert hop.entry
    assert hop.reason == "us failed (us is ill), and its wave goes back with it"
    reverted = revert(later.workspace, hop, hop.entry, hop.reason)
    assert reverted
    assert [world.release(name) for name in EVERYWHERE] == ["v1.0.0"] * 3
    assert world.kinds("eu")[-2:] == ["held", "reverted"]
    assert world.entries("eu")[-1].reason == hop.reason
    with pytest.raises(NotAllowed, match="is held in asia"):
        deliver(later.workspace, again["asia"], later.plan(again["asia"]))


def test_what_was_there_before_the_run_is_left(world: World, hops: Hops) -> None:
    Hops(world.workspace(), "run-0").promote("v6.6.6", "eu")

    surveyed, pushed = failed(hops, verified="asia")
    assert surveyed["eu"].step == "skip"
    condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"], surveyed["asia"]], "us is ill")

    assert world.record("eu").hold("v6.6.6") is None
    assert {name: hop.step for name, hop in wave(hops).items()} == {"eu": "skip", "us": "revert", "asia": "revert"}


def test_what_somebody_else_put_there_is_left(world: World, hops: Hops) -> None:
    world.set_release("eu", "v6.6.6")
    hops.workspace.repository.sync()
    found = adopt(hops.workspace, wave(hops)["eu"])
    surveyed, pushed = failed(hops, verified="asia")
    assert (surveyed["eu"].step, found.kind) == ("verify", "found")

    condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"]], "us is ill")

    assert world.record("eu").hold("v6.6.6") is None


def test_what_the_run_itself_brought_before_it_was_interrupted_goes_back(world: World, hops: Hops) -> None:
    wave_of_first = wave(hops)
    hops.finish(wave_of_first["eu"])
    surveyed = wave(hops)
    assert surveyed["eu"].step == "skip"
    pushed = deliver(hops.workspace, surveyed["us"], hops.plan(surveyed["us"]))

    condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"]], "us is ill")

    assert wave(hops)["eu"].step == "revert"


def test_a_hold_by_hand_condemns_nothing(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "eu")
    hops.append("held", "eu", "v1.1.0")

    assert wave(Hops(world.workspace(), "run-2"), "v1.1.0")["eu"].step == "skip"


def test_its_hold_lifted_before_it_was_carried_out_it_stays(world: World, hops: Hops) -> None:
    surveyed, pushed = failed(hops)
    condemn(hops.workspace, surveyed["us"], pushed, [surveyed["eu"]], "us is ill")
    hops.append("lifted", "eu", "v6.6.6")

    assert wave(hops)["eu"].step == "skip"

"""What every strategy promises, whatever it does to the repository: proved with real pushes for each of them."""

from __future__ import annotations

from promontory.model import Place
from promontory.promotion.delivery import plan_hop
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert, roll_back
from tests.promotion.kinds import APPLICATIONS, release_of
from tests.promotion.stages import Stage

STAGING = Place("web-app", "staging")


def test_a_release_is_brought_and_read_back(stage: Stage) -> None:
    stage.publish("v1.1.0")

    stage.promote("v1.1.0")

    assert [stage.running(name) for name in ("dev", "staging")] == ["v1.1.0", "v1.1.0"]
    assert stage.running(application="api") != "v1.1.0"


def test_what_runs_already_is_nothing_to_do(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0")
    before = stage.refs()

    assert stage.promote("v1.1.0") == ["skip", "skip"]
    hops = stage.hops()
    hop = stage.surveyed(hops, "v1.1.0")[-1].model_copy(update={"step": "promote"})
    assert plan_hop(hops.workspace, hop)[0].nothing_to_do
    assert stage.refs() == before


def test_a_revert_gives_every_byte_back(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0")
    stage.publish("v1.2.0")
    stage.promote("v1.2.0", to="dev")
    before, hops = stage.trees(), stage.hops()
    hop, entry = stage.push(hops, "v1.2.0")
    assert stage.running() == "v1.2.0"

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert stage.trees() == before
    assert stage.running() == "v1.1.0"


def test_a_reverted_release_can_be_promoted_again_and_really_arrives(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0", to="dev")
    hops = stage.hops()
    hop, entry = stage.push(hops, "v1.1.0")
    arrived = stage.trees()
    revert(hops.workspace, hop, entry, "unhealthy")
    assert stage.trees() != arrived
    lift_hold(stage.world.workspace(), STAGING, "v1.1.0")

    stage.promote("v1.1.0")

    assert stage.trees() == arrived
    assert stage.running() == "v1.1.0"


def test_a_rollback_by_hand_goes_to_the_release_before(stage: Stage) -> None:
    for release in ("v1.1.0", "v1.2.0"):
        stage.publish(release)
        stage.promote(release)

    roll_back(stage.world.workspace(), STAGING, None, "slow", "rollback-1")

    assert stage.running() == "v1.1.0"
    assert stage.running("dev") == "v1.2.0"


def test_both_applications_move_in_one_plan_and_go_back_together(stage: Stage) -> None:
    stage.publish("v1.1.0", *APPLICATIONS)
    api = release_of("api", "v1.1.0") if stage.kind.branches else "v1.1.0"
    dev = stage.hops()
    for hop in stage.surveyed(dev, "v1.1.0", "dev", api=api):
        if hop.step != "skip":
            dev.finish(hop)
    before, hops = stage.trees(), stage.hops()

    hop, entry = stage.push(hops, "v1.1.0", api=api)

    assert len(hop.members) == 2
    assert (stage.running(), stage.running(application="api")) == ("v1.1.0", api)
    assert revert(hops.workspace, hop, entry, "unhealthy")
    assert stage.trees() == before
    assert stage.running() != "v1.1.0"
    assert stage.running(application="api") != api

"""Going back is not promoting: an older release enters by a rollback, or where somebody says that it is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.errors import NotAllowed
from promontory.model import Place
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.downgrades import is_older, newer_there
from promontory.promotion.holding import lift_hold
from promontory.promotion.planning import closed
from promontory.promotion.preview import preview
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.survey import survey
from tests.promotion.branches import WEB, Branches
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World


def test_an_older_release_is_refused_and_nothing_is_pushed(world: World, hops: Hops) -> None:
    hops.promote("v1.10.0", "dev")
    later = Hops(world.workspace(), "run-2")
    hop = later.hop("v1.9.0", "dev")

    plan, gates = plan_hop(later.workspace, hop)

    (shut,) = closed(gates)
    assert shut.gate == "downgrade"
    assert shut.reason == "v1.9.0 is older than v1.10.0, which dev runs"
    assert shut.remedy == (
        "to go back: promontory rollback web-app dev --to v1.9.0; to promote it all the same: --allow-downgrade"
    )
    with pytest.raises(NotAllowed, match=r"downgrade: v1\.9\.0 is older than v1\.10\.0"):
        deliver(later.workspace, hop, plan)
    assert world.release("dev") == "v1.10.0"


def test_a_newer_release_that_came_while_it_waited_closes_the_gate_too(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.2.0", "dev")
    plan = hops.plan(hop)
    world.set_release("dev", "v1.3.0")
    hops.workspace.repository.sync()

    assert [gate.gate for gate in closed(plan_hop(hops.workspace, hop)[1])] == ["downgrade"]
    assert plan.release == "v1.2.0"


def test_where_it_is_meant_it_is_promoted(world: World, hops: Hops) -> None:
    hops.promote("v1.10.0", "dev")

    Hops(world.workspace(), "run-2", allow_downgrade=True).promote("v1.9.0", "dev")

    assert world.release("dev") == "v1.9.0"
    assert world.record("dev").standing("v1.9.0").condition == "verified"


def test_an_environment_on_the_way_is_asked_as_well(world: World, hops: Hops) -> None:
    hops.promote("v1.3.0", "dev")

    seen = preview(world.workspace(), "web-app", "v1.2.1", "staging")

    assert [[gate.gate for gate in hop.closed] for hop in seen.hops] == [["downgrade"], []]
    meant = preview(world.workspace(), "web-app", "v1.2.1", "staging", allow_downgrade=True)
    assert [hop.closed for hop in meant.hops] == [(), ()]


def test_an_environment_that_it_has_passed_already_does_not_go_back_for_it(world: World, hops: Hops) -> None:
    hops.promote("v1.2.0", "dev")
    hops.promote("v1.3.0", "dev")

    Hops(world.workspace(), "run-2").promote("v1.2.0", "staging")

    assert (world.release("dev"), world.release("staging")) == ("v1.3.0", "v1.2.0")


def test_after_the_newer_one_was_taken_back_the_older_one_is_none(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.3.0", "dev")
    revert(hops.workspace, hop, entry, "unhealthy")

    Hops(world.workspace(), "run-2").promote("v1.2.0", "dev")

    assert world.release("dev") == "v1.2.0"


def test_a_rollback_is_the_way_back_and_asks_no_gate(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v1.2.0", "dev")

    roll_back(world.workspace(), Place("web-app", "dev"), None, "slow", "rollback-1")

    assert world.release("dev") == "v1.1.0"
    lift_hold(world.workspace(), Place("web-app", "dev"), "v1.2.0")
    Hops(world.workspace(), "run-3").promote("v1.2.0", "dev")
    assert world.release("dev") == "v1.2.0"


def test_a_pinned_version_is_compared_by_its_version(world: World, hops: Hops) -> None:
    world.set_release("dev", "v1.3.0")
    hops.workspace.repository.sync()
    hop = hops.hop("v1.2.0@sha256:" + "a" * 64, "dev")

    assert [gate.gate for gate in closed(plan_hop(hops.workspace, hop)[1])] == ["downgrade"]


def test_of_several_that_move_together_the_message_names_the_one(two: World) -> None:
    Hops(two.workspace()).promote("v1.3.0", "dev", "api")
    workspace = two.workspace()

    (hop,) = (hop for wave in survey(workspace, "web-app", "v1.2.0", "dev", "run-2", {"api": "v1.2.0"}) for hop in wave)

    assert [(gate.application, gate.gate) for gate in closed(plan_hop(workspace, hop)[1])] == [("api", "downgrade")]


def test_a_commit_is_older_than_those_that_came_after_it(tmp_path: Path) -> None:
    branches = Branches.create(tmp_path, {"web-app": ""})
    first = branches.commit("dev", WEB, "port: 80", "port: 81")
    second = branches.commit("dev", WEB, "port: 81", "port: 82")
    branches.promote(second)
    workspace = branches.world.workspace()
    place, seen = Place("web-app", "staging"), workspace.snapshot()

    assert workspace.current(place) == second
    assert newer_there(workspace, place, first, seen) == second
    assert newer_there(workspace, place, second, seen) == ""
    third = branches.commit("dev", WEB, "port: 82", "port: 83")
    workspace.repository.sync()
    assert newer_there(workspace, place, third, workspace.snapshot()) == ""
    assert newer_there(workspace, place, "0" * 40, workspace.snapshot()) == "", "nobody knows that commit"
    branches.world.close()


@pytest.fixture
def two(make_world: MakeWorld) -> World:
    return make_world(applications=("web-app", "api"))


@pytest.mark.parametrize(
    ("release", "current", "older"),
    [
        ("v1.9.0", "v1.10.0", True),
        ("1.9", "v1.10", True),
        ("v1", "v2.0.0", True),
        ("v1.0.0-rc.1", "v1.0.0", True),
        ("v1.10.0", "v1.9.0", False),
        ("v1.0.0", "v1.0.0", False),
        ("v1.0.0+build.2", "v1.0.0+build.1", False),
        ("v1.0.0@sha256:" + "0" * 64, "v1.1.0", True),
        ("2024-01-05", "2024-02-05", False),
        ("20240105-abc", "20240105-def", False),
        ("main-4f2a", "v1.0.0", False),
        ("v1.0.0", "latest", False),
        ("sha256:" + "0" * 64, "v1.0.0", False),
    ],
)
def test_only_semantic_versions_have_an_order(release: str, current: str, older: bool) -> None:
    assert is_older(release, current) is older

"""What `status` and `history` show, from Git and the ledger alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.errors import UsageError
from promontory.promotion.approving import request_approval
from promontory.promotion.delivery import plan_hop
from promontory.promotion.views import StatusRow, history, status
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World, path_of

UNCHECKED = "environments:\n  dev: {}\n"


def row(world: World, environment: str = "dev", application: str = "web-app") -> StatusRow:
    rows = status(world.workspace(cache="viewer"))
    return next(row for row in rows if (row.application, row.environment) == (application, environment))


def test_every_application_in_every_environment_in_the_order_of_the_file(make_world: MakeWorld) -> None:
    rows = status(make_world(applications=("web-app", "api")).workspace())

    assert [(row.application, row.environment) for row in rows] == [
        (application, environment)
        for application in ("web-app", "api")
        for environment in ("dev", "staging", "production")
    ]


def test_what_promontory_did_not_bring_is_unknown(world: World) -> None:
    assert row(world) == StatusRow(application="web-app", environment="dev", release="v1.0.0", health="unknown")


def test_a_pushed_release_is_being_verified(world: World, hops: Hops) -> None:
    hops.push("v1.1.0", "dev")

    assert (row(world).release, row(world).health) == ("v1.1.0", "verifying")
    assert f"{row(world).since:%H:%M}" == "12:00"


def test_a_pushed_release_that_nothing_checks_is_not_verified(make_world: MakeWorld) -> None:
    world = make_world(pipeline=UNCHECKED)
    Hops(world.workspace()).push("v1.1.0", "dev")

    assert row(world).health == "not verified"


def test_a_verified_release_is_healthy_since_it_came(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.clock.move(timedelta(minutes=5))
    hops.verify(hop, entry)

    assert row(world).health == "healthy"
    assert f"{row(world).since:%H:%M}" == "12:00"


def test_a_release_that_failed_and_is_still_there_is_unhealthy(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v6.6.6", "dev")
    hops.verify(hop, entry)

    assert row(world).health == "unhealthy"


def test_after_a_revert_the_former_release_is_in_force_and_the_other_held(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v6.6.6", "dev")

    assert (row(world).release, row(world).health, row(world).held) == ("v1.1.0", "healthy", ("v6.6.6",))


def test_a_change_by_hand_is_unknown_again(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    world.set_release("dev", "v1.1.1")

    assert (row(world).release, row(world).health, row(world).since) == ("v1.1.1", "unknown", None)


def test_no_release_yet(world: World) -> None:
    world.edit(path_of("dev"), "    newTag: .*\n", "")

    assert (row(world).release, row(world).health) == (None, "unknown")


def test_what_waits_for_approval_is_pending(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "production")
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, ())

    assert row(world, "production").pending == f"v1.1.0 waits for approval ({hop.promotion})"


def test_a_file_that_cannot_be_read_is_that_rows_problem_alone(world: World) -> None:
    world.edit(path_of("dev"), "images:", "images: [")

    assert row(world).release is None
    assert path_of("dev") in row(world).problem
    assert row(world, "staging").problem == ""


def test_history_is_told_newest_first_and_by_name(make_world: MakeWorld) -> None:
    world = make_world(applications=("web-app", "api"))
    hops = Hops(world.workspace())
    for application, environment in (("api", "dev"), ("web-app", "dev"), ("web-app", "staging")):
        hops.promote("v1.1.0", environment, application)
        world.clock.move(timedelta(minutes=1))

    def told(*names: str) -> list[tuple[str, str, str]]:
        entries = list(history(hops.workspace, *names))[::-1]
        return [(entry.application, entry.environment, entry.kind) for entry in entries if entry.kind != "planned"]

    dev = [("web-app", "dev", "pushed"), ("web-app", "dev", "verdict")]
    assert told("web-app", "dev") == dev
    assert told("web-app") == [*dev, ("web-app", "staging", "pushed"), ("web-app", "staging", "verdict")]
    assert set(told("", "dev")) == {*dev, ("api", "dev", "pushed"), ("api", "dev", "verdict")}
    assert len(told()) == 6


def test_history_knows_the_names_of_the_configuration(hops: Hops) -> None:
    with pytest.raises(UsageError, match="web-ap"):
        history(hops.workspace, "web-ap")
    with pytest.raises(UsageError, match="stagin"):
        history(hops.workspace, "", "stagin")

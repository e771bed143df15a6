"""Promotions by one tag an environment that is moved: compared and swapped, moved back, and called by version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.errors import PlanChanged, RevertConflict, StrategyError
from promontory.promotion.delivery import deliver
from promontory.promotion.holding import add_hold, lift_hold
from promontory.promotion.reverting import revert
from tests.promotion.tagged import MOVING, Tagged

TAG = "web-app-dev"


@pytest.fixture
def tagged(tmp_path: Path) -> Iterator[Tagged]:
    made = Tagged.create(tmp_path, {"web-app": MOVING})
    for environment in ("dev", "staging", "production"):
        made.world.git("tag", f"web-app-{environment}", "v1.0.0")
    yield made
    made.world.close()


def test_the_tag_moves_with_the_release(tagged: Tagged) -> None:
    released = tagged.release("v1.1.0")

    tagged.promote("v1.1.0", "dev", "staging", "production")

    assert {tagged.named(f"web-app-{name}") for name in ("dev", "staging", "production")} == {released}
    assert tagged.running("production") == "v1.1.0"
    assert tagged.world.record("production").standing("v1.1.0").condition == "verified"
    assert "Release: v1.1.0" in tagged.world.git("cat-file", "tag", TAG)


def test_an_environment_without_its_tag_runs_nothing_and_gets_it(tagged: Tagged) -> None:
    tagged.world.git("tag", "--delete", TAG)
    assert tagged.running("dev") is None

    tagged.promote("v1.0.0", "dev")

    assert tagged.running("dev") == "v1.0.0"


def test_a_release_is_the_same_by_whichever_name(tagged: Tagged) -> None:
    released = tagged.release("v1.1.0")
    tagged.world.git("tag", "nightly", released)
    tagged.promote(released[:10], "dev")

    assert tagged.running("dev") == "v1.1.0"
    assert {entry.release for entry in tagged.world.entries("dev")} == {"v1.1.0"}
    for name in ("nightly", released, "v1.1.0"):
        assert tagged.promote(name, "dev", run=name).step == "skip"


def test_what_has_no_version_is_called_by_its_commit(tagged: Tagged) -> None:
    commit = tagged.commit()

    tagged.promote(commit[:8], "dev", "staging")

    assert tagged.running("staging") == commit


def test_a_hold_by_another_name_holds(tagged: Tagged) -> None:
    released = tagged.release("v1.1.0")
    hops = tagged.hops()
    place = hops.hop("v1.1.0", "dev").place

    add_hold(hops.workspace, place, released[:9], "not this one")
    assert [entry.release for entry in tagged.world.record("dev").holds()] == ["v1.1.0"]

    lift_hold(hops.workspace, place, released)
    assert tagged.world.record("dev").holds() == ()


def test_what_names_no_commit_is_a_clear_error(tagged: Tagged) -> None:
    with pytest.raises(StrategyError, match=r"v9\.9\.9 is neither a tag nor a commit of the repository"):
        tagged.promote("v9.9.9", "dev")


def test_a_revert_moves_the_tag_back_and_it_can_come_again(tagged: Tagged) -> None:
    before, released = tagged.named("web-app-staging"), tagged.release("v1.1.0")
    hops = tagged.hops()
    hops.promote("v1.1.0", "dev")
    hop, entry = hops.push("v1.1.0", "staging")

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert [(tag.ref, tag.before, tag.after) for tag in reverted.tags] == [
        ("refs/tags/web-app-staging", released, before)
    ]
    assert tagged.named("web-app-staging") == before
    assert "Reverts-Promotion:" in tagged.world.git("cat-file", "tag", "web-app-staging")

    lift_hold(hops.workspace, hop.place, "v1.1.0")
    tagged.promote("v1.1.0", "staging", run="run-2")
    assert tagged.named("web-app-staging") == released


def test_a_tag_that_somebody_moved_since_is_left_where_it_is_and_the_release_held(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    hops = tagged.hops()
    hop, entry = hops.push("v1.1.0", "dev")
    elsewhere = tagged.commit()
    tagged.world.git("tag", "--force", TAG, elsewhere)
    hops.workspace.repository.sync()

    assert revert(hops.workspace, hop, entry, "unhealthy") is None

    assert tagged.named(TAG) == elsewhere
    assert tagged.world.record("dev").hold("v1.1.0")


def test_a_tag_that_was_not_there_before_cannot_be_moved_back(tagged: Tagged) -> None:
    tagged.world.git("tag", "--delete", TAG)
    hops = tagged.hops()
    hop, entry = hops.push("v1.0.0", "dev")

    with pytest.raises(RevertConflict, match="the tag web-app-dev did not exist before"):
        revert(hops.workspace, hop, entry, "unhealthy")

    assert "reverted" not in tagged.world.kinds("dev")


def test_a_tag_that_somebody_moves_after_the_plan_stops_the_push(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    hops = tagged.hops()
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    elsewhere = tagged.commit()
    tagged.world.git("tag", "--force", TAG, elsewhere)

    with pytest.raises(PlanChanged, match="somebody else changed web-app-dev"):
        deliver(hops.workspace, hop, plan)

    assert tagged.named(TAG) == elsewhere
    assert "pushed" not in tagged.world.kinds("dev")


def test_a_rollback_moves_it_to_the_release_before_even_from_a_fresh_mirror(tagged: Tagged) -> None:
    tagged.world.git("branch", "side", "main")
    commit = tagged.commit("side")
    tagged.promote(commit, "dev")
    tagged.release("v1.2.0")
    tagged.promote("v1.2.0", "dev")
    tagged.world.git("branch", "-D", "side")

    reverted = tagged.roll_back("dev", cache="fresh")

    assert reverted.previous == commit
    assert tagged.named(TAG) == commit


def test_what_runs_already_is_nothing_to_do(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    tagged.promote("v1.1.0", "dev")
    before = tagged.world.git("for-each-ref", "refs/tags")

    assert tagged.promote("v1.1.0", "dev", run="run-2").step == "skip"
    assert tagged.world.git("for-each-ref", "refs/tags") == before

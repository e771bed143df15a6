"""What a revert does where the world has not stood still: one right answer for each case, for every strategy."""

from __future__ import annotations

import pytest

from promontory.entry import Entry
from promontory.errors import NotAllowed
from promontory.model import Place
from promontory.promotion.holding import add_hold, lift_hold
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.values import Hop
from tests.promotion.kinds import commit_to, release_of
from tests.promotion.stages import Stage
from tests.promotion.world import Hops, World, path_of

STAGING = Place("web-app", "staging")
DEV = Place("web-app", "dev")


def came(stage: Stage, release: str) -> tuple[Hops, Hop, Entry]:
    """A release that is verified in dev and pushed to staging."""
    stage.publish(release)
    stage.promote(release, to="dev")
    hops = stage.hops()
    return (hops, *stage.push(hops, release))


def test_a_later_promotion_on_top_stays_and_the_earlier_release_is_held(stage: Stage) -> None:
    hops, hop, entry = came(stage, "v1.1.0")
    came(stage, "v1.2.0")
    before = stage.refs()
    hops.workspace.repository.sync()

    assert revert(hops.workspace, hop, entry, "unhealthy") is None

    assert stage.refs() == before
    assert stage.running() == "v1.2.0"
    assert stage.world.record("staging").hold("v1.1.0")


def test_unrelated_commits_in_between_stay(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0", to="dev")
    hops = stage.hops()
    before = stage.trees()
    branch = "staging" if stage.kind.branches else "main"
    hop, entry = stage.push(hops, "v1.1.0")
    commit_to(stage.world, branch, {"docs/notes.md": "later\n"})
    hops.workspace.repository.sync()

    assert revert(hops.workspace, hop, entry, "unhealthy")

    assert stage.running() != "v1.1.0"
    assert stage.world.git("show", f"{branch}:docs/notes.md") == "later\n"
    stage.world.git("update-ref", f"refs/heads/{branch}", without(stage, branch))
    assert stage.trees() == before


def without(stage: Stage, branch: str) -> str:
    """A commit with what the branch holds, but for the notes."""
    git = stage.world.git
    listing = "".join(f"{line}\n" for line in git("ls-tree", branch).splitlines() if not line.endswith("\tdocs"))
    tree = git("mktree", stdin=listing).strip()
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@acme.example")
    return git(*who, "commit-tree", tree, "-m", "without").strip()


def test_of_a_chain_of_three_the_middle_one_goes_and_nothing_goes_back_to_it(stage: Stage) -> None:
    _, hop_one, first = came(stage, "v1.1.0")
    stage.hops().verify(hop_one, first)
    hops, hop, middle = came(stage, "v1.2.0")
    last, hop_last, third = came(stage, "v1.3.0")
    hops.workspace.repository.sync()
    assert revert(hops.workspace, hop, middle, "it leaks") is None
    assert stage.running() == "v1.3.0"
    last.workspace.repository.sync()

    reverted = revert(last.workspace, hop_last, third, "unhealthy")

    assert reverted
    assert reverted.previous == "v1.1.0"
    assert stage.running() == "v1.1.0"


def test_a_revert_of_a_revert_brings_every_byte_again_once_the_hold_is_lifted(stage: Stage) -> None:
    came(stage, "v1.1.0")
    hops, hop, entry = came(stage, "v1.2.0")
    arrived = stage.trees()
    revert(hops.workspace, hop, entry, "unhealthy")
    with pytest.raises(NotAllowed, match=r"v1\.2\.0 is held in staging"):
        roll_back(stage.world.workspace(), STAGING, "v1.2.0", "it was not that", "rollback-1")
    lift_hold(stage.world.workspace(), STAGING, "v1.2.0")

    roll_back(stage.world.workspace(), STAGING, "v1.2.0", "it was not that", "rollback-2")

    assert stage.running() == "v1.2.0"
    assert stage.trees() == arrived


def test_of_two_applications_side_by_side_only_the_one_goes_back(stage: Stage) -> None:
    hops, hop, entry = came(stage, "v1.1.0")
    api = release_of("api", "v1.1.0") if stage.kind.branches else "v1.1.0"
    stage.publish("v1.1.0", "api")
    for environment in ("dev", "staging"):
        Hops(stage.world.workspace(), "run-api").promote(api, environment, "api")
    assert stage.running(application="api") == api
    hops.workspace.repository.sync()

    assert revert(hops.workspace, hop, entry, "unhealthy")

    assert stage.running() != "v1.1.0"
    assert stage.running(application="api") == api


# --- where people write to the same line: told by one strategy, since what a line is depends on it ---


def test_somebody_has_fixed_it_by_hand_already(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.set_release("dev", "v1.0.0")

    assert revert(hops.workspace, hop, entry, "unhealthy") is None

    assert world.commits() == ["Edit by hand", "Promote web-app v1.1.0 to dev"]
    assert world.record("dev").hold("v1.1.0")


def test_somebody_has_fixed_it_by_another_value(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.set_release("dev", "v1.0.9")

    assert revert(hops.workspace, hop, entry, "unhealthy") is None

    assert world.release("dev") == "v1.0.9"


def test_somebody_has_touched_the_line_and_left_the_release(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.edit(path_of("dev"), "# promoted", "# promoted, really")

    assert revert(hops.workspace, hop, entry, "unhealthy")

    assert world.release("dev") == "v1.0.0"
    assert "newTag: v1.0.0    # promoted, really\n" in world.read("dev")


def test_the_same_release_has_come_once_more_by_a_later_promotion(world: World, hops: Hops) -> None:
    hop, first = hops.push("v1.1.0", "dev")
    for number, release in enumerate(("v1.2.0", "v1.1.0")):
        Hops(world.workspace(), f"later-{number}", allow_downgrade=True).push(release, "dev")
    hops.workspace.repository.sync()

    assert revert(hops.workspace, hop, first, "unhealthy") is None

    assert world.release("dev") == "v1.1.0"


def test_the_release_before_is_held_and_none_before_it_is_known_so_it_comes_back(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    add_hold(world.workspace(), DEV, "v1.0.0", "old")
    hops.workspace.repository.sync()

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert reverted.previous == "v1.0.0"
    assert world.release("dev") == "v1.0.0"

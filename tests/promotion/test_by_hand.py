"""Where a revert has failed, a person is told what to do; and who put back what was taken back."""

from __future__ import annotations

import pytest

from promontory.entry import Entry
from promontory.model import Place
from promontory.promotion.by_hand import came_back, instructions
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert
from promontory.promotion.values import Hop
from tests.promotion.world import Hops, World, path_of


@pytest.fixture
def gone(hops: Hops) -> tuple[Hop, Entry]:
    hop, pushed = hops.push("v1.1.0", "dev")
    reverted = revert(hops.workspace, hop, pushed, "unhealthy")
    assert reverted
    return hop, reverted


def test_the_commands_name_commit_file_and_release(world: World, hops: Hops) -> None:
    hop, pushed = hops.push("v1.1.0", "dev")

    told = instructions(hops.workspace, hop, pushed)

    commit = world.git("rev-parse", "--short=12", "main").strip()
    assert told == (
        f"`promontory rollback web-app dev --to v1.0.0`; or by hand: `git show {commit}` shows what brought v1.1.0, "
        f"set v1.0.0 in {path_of('dev')} again, and push it"
    )


def test_where_the_release_before_is_ill_as_well_it_says_where_to_look(hops: Hops, gone: tuple[Hop, Entry]) -> None:
    told = instructions(hops.workspace, *gone)

    assert told.startswith(f"dev runs v1.0.0 again (commit {(gone[1].commit or '')[:12]}): look at dev itself; ")
    assert "`promontory rollback web-app dev --to RELEASE` goes there" in told


def test_what_stays_away_did_not_come_back(world: World, hops: Hops, gone: tuple[Hop, Entry]) -> None:
    assert came_back(hops.workspace, *gone) is None
    world.set_release("dev", "v1.2.0")
    assert came_back(hops.workspace, *gone) is None


def test_who_puts_it_back_is_named(world: World, hops: Hops, gone: tuple[Hop, Entry]) -> None:
    world.edit("README.md", "GitOps", "Our GitOps")
    world.set_release("dev", "v1.1.0")
    commit = world.git("rev-parse", "main").strip()
    author = world.git("log", "-1", "--format=%an <%ae>", "main").strip()
    world.edit("README.md", "Our", "Your")

    again = came_back(hops.workspace, *gone)

    assert again
    assert again.message == (
        f"it was reverted to v1.0.0, but v1.1.0 was put into dev again by {author} in commit {commit[:12]}"
    )
    assert again.remedy.endswith("promontory rollback web-app dev --to v1.0.0")


def test_a_promotion_that_brings_it_again_is_meant(world: World, hops: Hops, gone: tuple[Hop, Entry]) -> None:
    lift_hold(world.workspace(), Place("web-app", "dev"), "v1.1.0")
    Hops(world.workspace(), "run-2").promote("v1.1.0", "dev")

    assert world.release("dev") == "v1.1.0"
    assert came_back(hops.workspace, *gone) is None

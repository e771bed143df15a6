"""What a check learns of the repository: whether a commit that a controller reports has ours in it."""

from __future__ import annotations

import asyncio

import pytest

from promontory.promotion.observing import RepositoryHistory
from tests.promotion.world import World, path_of

NOWHERE = "f" * 40


def history(world: World) -> RepositoryHistory:
    return RepositoryHistory(world.workspace(cache="checks").repository)


def head(world: World) -> str:
    return world.git("rev-parse", "main").strip()


def test_a_commit_contains_itself_and_what_came_before_it(world: World) -> None:
    first = head(world)
    known = history(world)
    world.edit("README.md", "GitOps", "GitOps!")  # pushed after the check's last fetch

    assert asyncio.run(known.contains(head(world), first)) is True
    assert asyncio.run(known.contains(first, first)) is True
    assert asyncio.run(known.contains(first, head(world))) is False


def test_of_a_commit_that_is_not_there_nothing_is_known(world: World) -> None:
    assert asyncio.run(history(world).contains(NOWHERE, head(world))) is None


def test_a_path_may_be_the_same_although_the_commit_is_another(world: World) -> None:
    first = head(world)
    world.set_release("dev", "v9.9.9")
    known = history(world)
    own, other = (path_of(name).rpartition("/")[0] for name in ("dev", "staging"))

    assert asyncio.run(known.same_tree(other, first, head(world)))
    assert asyncio.run(known.same_tree(f"./{other}/", first, head(world)))
    assert not asyncio.run(known.same_tree(own, first, head(world)))
    assert not asyncio.run(known.same_tree(".", first, head(world)))
    assert not asyncio.run(known.same_tree("nowhere", first, head(world)))
    assert not asyncio.run(known.same_tree(other, first, NOWHERE))


@pytest.mark.parametrize("ending", ["", ".git", "/"])
def test_the_repository_is_known_by_its_address(world: World, ending: str) -> None:
    url = str(world.origin).removesuffix(".git")

    assert history(world).is_ours(url + ending)
    assert not history(world).is_ours(url + "-other" + ending)

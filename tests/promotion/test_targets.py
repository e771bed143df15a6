"""Which commit a controller has to report after a promotion, for each way in which a release gets there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promontory.options import Target
from promontory.promotion.delivery import deliver
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert
from promontory.promotion.verification import target_of
from promontory.sandbox.kubernetes import KubernetesApi
from tests.clusters.applications import put_application
from tests.promotion.branches import Branches
from tests.promotion.conftest import MakeWorld
from tests.promotion.hydrated import STRATEGY, Hydrated
from tests.promotion.tagged import IN_GIT, LIVE, MOVING, Tagged
from tests.promotion.world import Hops, World
from tests.rendering.programs import CONCATENATE, install, put_first


def target(world: World, environment: str, application: str = "web-app") -> Target:
    """What a check is to look for, after what happened last."""
    entry = next(each for each in reversed(world.entries(environment, application)) if each.in_force)
    return target_of(world.workspace(cache="verifier"), entry)


def head(world: World, ref: str = "main") -> str:
    return world.git("rev-parse", f"{ref}^{{commit}}").strip()


@contextmanager
def tagged(tmp_path: Path, options: str) -> Iterator[Tagged]:
    made = Tagged.create(tmp_path, {"web-app": options})
    if options == MOVING:
        for environment in ("dev", "staging", "production"):
            made.world.git("tag", f"web-app-{environment}", "v1.0.0")
    yield made
    made.world.close()


# --- commits of a branch ---


def test_it_is_the_commit_that_was_pushed_whatever_others_have_pushed_since(world: World, hops: Hops) -> None:
    hops.push("v1.1.0", "dev")
    pushed = head(world)
    world.edit("README.md", "GitOps", "GitOps!")

    found = target(world, "dev")

    assert (found.commit, found.pinned, found.release, found.previous) == (pushed, False, "v1.1.0", "v1.0.0")


def test_after_a_revert_it_is_the_commit_that_takes_it_back(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, "it is slow")

    found = target(world, "dev")

    assert (found.commit, found.pinned, found.release, found.previous) == (head(world), False, "v1.0.0", "v1.1.0")


def test_of_what_somebody_else_put_there_the_newest_commit_has_it(world: World, hops: Hops) -> None:
    world.set_release("dev", "v1.1.0")
    hops.promote("v1.1.0", "dev")

    found = target(world, "dev")

    assert world.kinds("dev")[0] == "found"
    assert (found.commit, found.pinned) == (head(world), False)


def test_what_moves_together_has_one_commit(make_world: MakeWorld) -> None:
    world = make_world(applications=("web-app", "api"))
    tagged = Tagged(world)
    hops = Hops(world.workspace())
    ((hop,),) = tagged.surveyed(hops, {"web-app": "v1.1.0", "api": "v2.0.0"}, "dev")
    deliver(hops.workspace, hop, hops.plan(hop))

    assert target(world, "dev").commit == target(world, "dev", "api").commit == head(world)


def test_of_an_environment_branch_it_is_that_branchs_commit(tmp_path: Path) -> None:
    branches = Branches.create(tmp_path, {"web-app": ""})
    branches.release("v1.1.0")
    branches.promote("v1.1.0", "staging")
    pushed = head(branches.world, "staging")
    branches.commit("staging", "README.md", "GitOps", "GitOps!")

    found = target(branches.world, "staging")

    assert (found.commit, found.pinned) == (pushed, False)
    branches.world.close()


def test_of_a_reverted_environment_branch_too(tmp_path: Path) -> None:
    branches = Branches.create(tmp_path, {"web-app": ""})
    branches.release("v6.6.6")
    branches.promote("v6.6.6", "staging")

    assert branches.world.kinds("staging")[-2] == "reverted"
    assert target(branches.world, "staging").commit == head(branches.world, "staging")
    branches.world.close()


def test_an_environment_branch_that_somebody_else_moved_is_looked_at_there(tmp_path: Path) -> None:
    branches = Branches.create(tmp_path, {"web-app": ""})
    branches.release("v1.1.0")
    branches.world.git("branch", "--force", "staging", "v1.1.0")
    branches.promote("v1.1.0", "staging")

    assert branches.world.kinds("staging")[0] == "found"
    assert target(branches.world, "staging").commit == head(branches.world, "staging")
    branches.world.close()


def test_of_rendered_manifests_it_is_their_commit_and_not_what_they_were_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_first(monkeypatch, tmp_path / "bin")
    install(tmp_path / "bin", "kustomize", CONCATENATE)
    hydrated = Hydrated.create(tmp_path, {"web-app": STRATEGY})
    made_of = hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", "dev")

    found = target(hydrated.world, "dev")

    assert (found.commit, found.pinned) == (head(hydrated.world, "env/dev"), False)
    assert found.commit != made_of
    hydrated.world.close()


# --- commits that a tag names ---


def test_it_is_the_commit_of_the_tag_and_not_the_manifests(tmp_path: Path) -> None:
    with tagged(tmp_path, IN_GIT) as made:
        released = made.release("v1.1.0")
        made.promote("v1.1.0", "dev")

        found = target(made.world, "dev")

        assert (found.commit, found.pinned) == (released, True)
        assert head(made.world) != released


def test_it_is_so_where_the_tag_existed_already(tmp_path: Path) -> None:
    with tagged(tmp_path, IN_GIT) as made:
        released = made.release("v1.1.0")
        made.world.git("tag", "v1.1.0-dev", released)
        made.commit()
        made.promote("v1.1.0", "dev")

        assert target(made.world, "dev").commit == released


def test_after_a_revert_it_is_the_commit_of_the_tag_before(tmp_path: Path) -> None:
    with tagged(tmp_path, IN_GIT) as made:
        before = made.named("v1.0.0-staging")
        made.release("v6.6.6")
        made.promote("v6.6.6", "dev", "staging")

        found = target(made.world, "staging")

        assert made.world.kinds("staging")[-2] == "reverted"
        assert (found.commit, found.pinned, found.release) == (before, True, "v1.0.0")


def test_promoted_again_after_a_revert_it_is_the_commit_of_the_tag_that_stayed(tmp_path: Path) -> None:
    with tagged(tmp_path, IN_GIT) as made:
        released = made.release("v1.1.0")
        hops = made.hops()
        hop, entry = hops.push("v1.1.0", "dev")
        revert(hops.workspace, hop, entry, "it is slow")
        lift_hold(hops.workspace, hop.place, "v1.1.0")
        made.promote("v1.1.0", "dev", run="run-2", cache="other")

        found = target(made.world, "dev")

        assert (found.commit, found.pinned, found.release) == (released, True, "v1.1.0")


def test_a_live_application_follows_its_tag(tmp_path: Path, kubernetes_api: KubernetesApi) -> None:
    for name in ("dev", "staging", "production"):
        put_application(kubernetes_api, f"web-app-{name}", {"source": {"targetRevision": f"v1.0.0-{name}"}})
    with tagged(tmp_path, LIVE) as made:
        before, released = made.named("v1.0.0-dev"), made.release("v1.1.0")
        hops = made.hops()
        hop, entry = hops.push("v1.1.0", "dev")

        promoted = target(made.world, "dev")
        revert(hops.workspace, hop, entry, "it is slow")
        reverted = target(made.world, "dev")

        assert (promoted.commit, promoted.pinned) == (released, True)
        assert (reverted.commit, reverted.pinned) == (before, True)


def test_a_tag_that_is_moved_names_it_and_after_a_revert_what_it_named_before(tmp_path: Path) -> None:
    with tagged(tmp_path, MOVING) as made:
        before, released = made.named("v1.0.0"), made.release("v1.1.0")
        hops = made.hops()
        hop, entry = hops.push("v1.1.0", "dev")

        promoted = target(made.world, "dev")
        revert(hops.workspace, hop, entry, "it is slow")
        reverted = target(made.world, "dev")

        assert (promoted.commit, promoted.pinned) == (released, True)
        assert (reverted.commit, reverted.pinned) == (before, True)


def test_a_tag_that_has_been_moved_on_since_does_not_change_what_was_promoted(tmp_path: Path) -> None:
    with tagged(tmp_path, MOVING) as made:
        released = made.release("v1.1.0")
        made.hops().push("v1.1.0", "dev")
        made.world.git("tag", "--force", "web-app-dev", made.release("v1.2.0"))

        assert target(made.world, "dev").commit == released


def test_what_moves_together_has_a_commit_for_each_tag(tmp_path: Path) -> None:
    named = "tag: '{application}/{release}-{environment}', application: 'apps/{application}-{environment}.yaml'"
    made = Tagged.create(tmp_path, {"web-app": named, "api": named})
    first, second = made.release("v1.1.0"), made.release("v2.0.0")
    hops = made.hops()
    ((hop,),) = made.surveyed(hops, {"web-app": "v1.1.0", "api": "v2.0.0"}, "dev")
    deliver(hops.workspace, hop, hops.plan(hop))

    assert (target(made.world, "dev").commit, target(made.world, "dev", "api").commit) == (first, second)
    made.world.close()

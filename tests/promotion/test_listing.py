"""The list of releases: newest first, the chosen one marked, and where each runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promontory.errors import UsageError
from promontory.promotion.listing import Listed, list_releases
from promontory.promotion.workspace import Workspace
from tests.promotion.world import Hops, World, configure

DIGEST = "sha256:" + "a" * 64


def listed(world: World, source: str) -> Workspace:
    return replace(world.workspace(), config=configure(extra=f"    releases: {source}\n"))


def test_releases_are_newest_first_with_the_environments_that_run_them(world: World) -> None:
    world.set_release("dev", "v1.1.0")
    workspace = listed(world, "{kind: fake, known: [v1.0.0, v2.0.0, v1.1.0, main], policy: {semver: <2}}")

    listing = list_releases(workspace, "web-app")

    assert listing.releases == (
        Listed(release="v1.1.0", latest=True, accepted=True, environments=("dev",)),
        Listed(release="v1.0.0", accepted=True, environments=("staging", "production")),
        Listed(release="v2.0.0"),
        Listed(release="main"),
    )
    assert (listing.source, listing.rule, listing.latest) == ("registry.example/web-app", "policy semver <2", "v1.1.0")


def test_a_limit_keeps_the_newest_and_counts_all(world: World) -> None:
    workspace = listed(world, "{kind: fake, known: [v1.0.0, v2.0.0, v1.1.0]}")

    listing = list_releases(workspace, "web-app", 1)

    assert ([each.release for each in listing.releases], listing.total) == (["v2.0.0"], 3)


def test_a_pinned_release_runs_under_its_version(world: World) -> None:
    Hops(world.workspace()).promote(f"v1.1.0@{DIGEST}", "dev")

    listing = list_releases(listed(world, "{kind: fake, known: [v1.1.0, v1.0.0]}"), "web-app")

    assert listing.releases[0].environments == ("dev",)
    assert listing.elsewhere == {}


def test_what_runs_and_is_not_in_the_source_is_told(world: World) -> None:
    world.set_release("dev", "v0.9.0")

    listing = list_releases(listed(world, "{kind: fake, known: [v1.0.0]}"), "web-app")

    assert listing.elsewhere == {"dev": "v0.9.0"}


def test_from_environments_the_last_to_come_is_first_and_none_is_marked(world: World, hops: Hops) -> None:
    hops.allow_downgrade = True
    hops.promote("v1.2.0", "dev")
    hops.promote("v1.1.0", "dev")

    listing = list_releases(listed(world, "{kind: environment}"), "web-app")

    assert [each.release for each in listing.releases] == ["v1.0.0", "v1.1.0", "v1.2.0"]
    assert listing.latest is None


def test_a_policy_that_cannot_order_them_says_so(world: World) -> None:
    with pytest.raises(UsageError, match="'main' is no number"):
        list_releases(listed(world, "{kind: fake, known: ['1', main], policy: {numerical: asc}}"), "web-app")


def test_an_application_without_a_source_has_no_list(world: World) -> None:
    with pytest.raises(UsageError, match="it has no `releases:`"):
        list_releases(world.workspace(), "web-app")

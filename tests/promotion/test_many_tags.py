"""A Git repository with fifty thousand tags, and a registry that really runs: from the source to the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from promontory.config import load
from promontory.promotion.listing import list_releases
from promontory.promotion.preview import preview
from promontory.promotion.resolving import resolve
from promontory.promotion.vocabulary import VOCABULARY
from promontory.promotion.workspace import Workspace
from tests.promotion.world import World
from tests.releases.real_registry import RealRegistry, serving_registry

MANY = 50_000
CONFIGURATION = """\
applications:
  web-app:
    strategy: {{kind: directory, path: "apps/web-app/{{environment}}", image: acme/web-app}}
    releases: {releases}
environments: {{dev: , staging: {{after: dev}}, production: {{after: staging}}}}
"""


def workspace(world: World, releases: str) -> Workspace:
    config = load(CONFIGURATION.format(releases=releases), file="promontory.yaml", vocabulary=VOCABULARY)
    return replace(world.workspace(), config=config)


def tag_many(world: World) -> None:
    """As `git pack-refs` leaves them."""
    head = world.git("rev-parse", "main").strip()
    names = sorted(f"refs/tags/web-app/v{number // 1000}.{number // 10 % 100}.{number % 10}" for number in range(MANY))
    packed = "".join(f"{head} {name}\n" for name in (*names, "refs/tags/web-app/not-a/release"))
    (world.origin / "packed-refs").write_text(f"# pack-refs with: peeled fully-peeled sorted\n{head} refs/heads/main\n")
    with (world.origin / "packed-refs").open("a") as file:
        file.write(packed)


def test_fifty_thousand_git_tags(world: World) -> None:
    tag_many(world)
    many = workspace(world, '{kind: git-tags, pattern: "web-app/{release}", policy: {semver: <40}}')

    listing = list_releases(many, "web-app", 2)

    assert listing.total == MANY
    assert [each.release for each in listing.releases] == ["v39.99.9", "v39.99.8"]
    assert resolve(many, "web-app", ">=7.3 <7.4", None, "run-1").release == "v7.3.9"
    assert resolve(many, "web-app", "latest", None, "run-1").release == "v39.99.9"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RealRegistry]:
    with serving_registry(tmp_path) as running:
        if running is None:
            pytest.skip("docker-registry is not installed")
        yield running


def test_what_is_in_a_real_registry_is_planned_with_its_digest(world: World, registry: RealRegistry) -> None:
    registry.push("acme/web-app", ["v1.0.0"], "old")
    digest = registry.push("acme/web-app", ["v1.4.0"], "new")
    image = f"127.0.0.1:{registry.port}/acme/web-app"
    pinned = workspace(world, f'{{kind: registry, repository: "{image}", digest: true, policy: {{semver: ">=1.0"}}}}')

    seen = preview(pinned, "web-app", "latest", "dev")

    assert seen.release == f"v1.4.0@{digest}"
    (hop,) = seen.hops
    assert hop.plan is not None
    assert f"+    digest: {digest}" in hop.plan.diff

"""What the checks find in clusters before anything is promoted: each remark at its check in promontory.yaml."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Literal

from promontory.checks.contract import Facilities
from promontory.config import load
from promontory.errors import ClusterError, Problem, TransientError
from promontory.options import Remark, Target
from promontory.promotion.live_validation import live_warnings
from tests.promotion.fakes import VOCABULARY, FakeCheck
from tests.promotion.world import World

ENVIRONMENTS = """\
environments:
  dev:
    verify:
      - {kind: fake}
      - {kind: linted, finds: '{application} runs {release} in {environment}'}
  staging:
    after: dev
    verify: [{kind: linted, finds: away}]
  production:
    after: staging
    verify: [{kind: linted, finds: forbidden}]
"""


class Linted(FakeCheck):
    kind: Literal["linted"] = "linted"  # type: ignore[assignment]
    finds: str

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:
        if self.finds == "away":
            raise TransientError("the Kubernetes API cannot be reached")
        if self.finds == "forbidden":
            raise ClusterError("the account may not get it", "allow it to get them")
        return (Remark(target.fill(self.finds), "look"),)


def warnings(world: World, applications: tuple[str, ...] = ("web-app",)) -> tuple[Problem, ...]:
    described = "".join(
        f"  {name}: {{strategy: {{kind: directory, path: 'apps/{name}/{{environment}}', image: acme/{name}}}}}\n"
        for name in applications
    )
    vocabulary = replace(VOCABULARY, checks={"fake": FakeCheck, "linted": Linted})
    config = load(f"applications:\n{described}{ENVIRONMENTS}", file="promontory.yaml", vocabulary=vocabulary)
    return asyncio.run(live_warnings(replace(world.workspace(), config=config)))


def test_what_a_check_finds_is_told_at_its_place_and_of_what_runs_now(world: World) -> None:
    found, _, _ = warnings(world)

    assert str(found) == (
        "promontory.yaml:7:9: environments.dev.verify[1]: web-app: web-app runs v1.0.0 in dev\n  → look"
    )


def test_a_cluster_that_cannot_be_looked_at_is_a_warning_with_what_to_do(world: World) -> None:
    _, away, forbidden = warnings(world)

    assert away.message == "web-app: fake staging cannot be looked at: the Kubernetes API cannot be reached"
    assert (forbidden.message, forbidden.remedy) == (
        "web-app: fake production cannot be looked at: the account may not get it",
        "allow it to get them",
    )


def test_every_application_is_looked_at_also_one_whose_release_cannot_be_read(world: World) -> None:
    found = [it.message for it in warnings(world, ("web-app", "nowhere")) if it.where == "environments.dev.verify[1]"]

    assert found == ["nowhere: nowhere runs  in dev", "web-app: web-app runs v1.0.0 in dev"]

"""How tests ask for an explanation, and where what they ask about comes from."""

from __future__ import annotations

from promontory.promotion.approving import answer, request_approval
from promontory.promotion.delivery import plan_hop
from promontory.promotion.explaining.explain import explain
from promontory.promotion.explaining.values import Explanation
from promontory.promotion.workspace import Actor
from tests.promotion.world import Hops, World


def asked(world: World, environment: str, release: str = "", application: str = "web-app") -> Explanation:
    """As somebody else would ask, who sees nothing but the repository."""
    return explain(world.workspace(cache="asking"), application, environment, release)


def states(seen: Explanation) -> list[str]:
    return [stage.state for stage in seen.way]


def commands(seen: Explanation) -> list[str]:
    return [step.command for step in seen.next if step.command]


def request(world: World, release: str, environment: str = "production", run: str | None = "run-1") -> str:
    """Ask for the approval of a promotion; its id."""
    hops = Hops(world.workspace())
    hops.promote_through(release, "dev", "staging")
    asking = Hops(world.workspace("ci"), run or "")
    if run is None:
        asking.workspace = world.workspace("ci")
    hop = asking.hop(release, environment)
    plan, gates = plan_hop(asking.workspace, hop)
    request_approval(asking.workspace, hop, plan, gates, ())
    return hop.promotion


def approve(world: World, promotion: str, by: str, note: str = "") -> None:
    workspace = world.workspace(by, cache=f"of-{by.partition(' ')[0]}")
    assert workspace.actor == Actor(by)
    answer(workspace, promotion, "approved", note, "test")

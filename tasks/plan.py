"""Plan a hop: what would be pushed, and which gates are open."""

from __future__ import annotations

from promontory.model import GateState, Plan
from promontory.promotion.delivery import plan_hop
from promontory.promotion.merged_after_all import heed_merges_now
from promontory.promotion.values import Hop
from tasks.artifacts import show_plan
from tasks.running import core, step


@step("plan-{hop.environment}")
async def plan(hop: Hop) -> tuple[Plan, tuple[GateState, ...]]:
    await core(heed_merges_now, hop)
    drawn, gates = await core(plan_hop, hop)
    show_plan(hop, drawn, gates)
    return drawn, gates

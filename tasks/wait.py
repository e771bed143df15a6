"""Record that a release waits for gates that open by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.at_gates import wait_at_gates as wait_core
from promontory.promotion.values import AtGate, Hop
from tasks.running import core, step
from tasks.superseding import tell_overtaken


@step("wait-{hop.environment}")
async def wait_at_gates(hop: Hop, plan: Plan, shut: Sequence[GateState], suites: Sequence[SuiteResult]) -> AtGate:
    waits = await core(wait_core, hop, plan, shut, suites)
    await tell_overtaken(hop)
    return waits

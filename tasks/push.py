"""The promotion itself: one atomic push of the change and its record."""

from __future__ import annotations

from typing import Any

from prefect import State
from prefect.states import Completed

from promontory.entry import Entry
from promontory.escaping.plain import one_line
from promontory.model import Plan, SuiteResult
from promontory.promotion.delivery import adopt as adopt_core
from promontory.promotion.delivery import deliver
from promontory.promotion.merged_after_all import heed_merges_now
from promontory.promotion.values import Hop
from tasks.running import core, step
from tasks.superseding import tell_overtaken


@step("promote-{hop.environment}")
async def push(hop: Hop, plan: Plan, suites: tuple[SuiteResult, ...]) -> Entry:
    pushed = await core(deliver, hop, plan, suites)
    await tell_overtaken(hop)
    return pushed


@step("promote-{hop.environment}")
async def adopt(hop: Hop) -> Entry:
    """The release is there already, put there by somebody else: nothing to push, but to be verified."""
    await core(heed_merges_now, hop)
    found = await core(adopt_core, hop)
    await tell_overtaken(hop)
    return found


@step("promote-{hop.environment}")
async def skip(hop: Hop) -> State[Any]:
    """Show in the run that there was nothing to do here, and why."""
    return Completed(name="Skipped", message=one_line(hop.reason))

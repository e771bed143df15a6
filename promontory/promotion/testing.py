"""Run the suites that a release must pass before it may enter an environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from promontory.entry import Entry
from promontory.model import SuiteResult
from promontory.options import Target
from promontory.promotion.code import CodeOf, NoForges
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.suites.contract import Facilities
from promontory.suites.run import run_all
from promontory.tokens import HostTokens

log = logging.getLogger("promontory.promotion")


async def test_release(workspace: Workspace, hop: Hop) -> tuple[SuiteResult, ...]:
    """Run them side by side; record a failure that stops the promotion.

    Of several applications one after the other is tested. Successes, and failures that are let through, are recorded
    together with the plan that they allow.
    """
    suites = workspace.suites(hop.environment)
    results: list[SuiteResult] = []
    for member in hop.members if suites else ():
        failed_before = await asyncio.to_thread(_failed_before, workspace, member)
        target = Target(member.place, member.release)
        own = await run_all(suites, target, member.promotion, facilities(workspace, hop, member), failed_before)
        results += (_of(member, result) if hop.also else result for result in own)
    for result in results:
        _tell(hop, result)
    if failures(results):
        await asyncio.to_thread(workspace.append, [_tested(workspace, member, results) for member in hop.members])
    return tuple(results)


def facilities(workspace: Workspace, hop: Hop, member: Hop) -> Facilities:
    """What the suites of one application's release may use; ``hop`` is all that moves with it."""
    return Facilities(
        clock=workspace.clock,
        objects=workspace.objects,
        code=CodeOf(workspace, hop, member),
        forges=workspace.forges or NoForges(),
        tokens=HostTokens(workspace.tokens),
    )


def _failed_before(workspace: Workspace, hop: Hop) -> int:
    """How often this promotion has failed its tests: those that were left running are taken up, those are not."""
    return sum(entry.kind == "tested" for entry in workspace.record(hop.place).of(hop.promotion))


def _of(hop: Hop, result: SuiteResult) -> SuiteResult:
    return result.model_copy(update={"application": hop.application})


def _tell(hop: Hop, result: SuiteResult) -> None:
    reason = f": {result.reason}" if result.reason else ""
    level = logging.WARNING if result.tolerated else logging.INFO
    log.log(level, "test-%s: %s: %s%s", hop.environment, result.title, result.outcome, reason)


def _tested(workspace: Workspace, hop: Hop, results: Sequence[SuiteResult]) -> Entry:
    own = [result for result in results if result.application in ("", hop.application)]
    return workspace.hop_entry("tested", hop, suites=own)


def failures(results: Sequence[SuiteResult]) -> str:
    """Which suites stop the promotion and why; empty when none does."""
    return "; ".join(f"{result.title}: {result.reason}" for result in results if result.blocks)


def let_through(results: Sequence[SuiteResult]) -> str:
    """Which suites failed and stop nothing (``continue_on_failure``), and why; empty when none did."""
    return "; ".join(f"{result.title}: {result.reason}" for result in results if result.tolerated)

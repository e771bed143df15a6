"""Run the suites that a release must pass before it may enter an environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from promontory.model import SuiteResult
from promontory.options import Target
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Entry
from promontory.suites.run import run_all

log = logging.getLogger("promontory.promotion")


async def test_release(workspace: Workspace, hop: Hop) -> tuple[SuiteResult, ...]:
    """Run them side by side in a working tree of the GitOps repository's head; record a failure.

    Of several applications one after the other is tested. Successes are recorded together with the plan that they
    allow.
    """
    suites = workspace.suites(hop.environment)
    if not suites:
        return ()
    results: list[SuiteResult] = []
    with TemporaryDirectory(prefix="promontory-") as directory:
        await asyncio.to_thread(workspace.repository.export, workspace.repository.head(), Path(directory))
        for member in hop.members:
            own = await run_all(suites, Target(member.place, member.release), Path(directory))
            results += (_of(member, result) if hop.also else result for result in own)
    for result in results:
        log.info(
            "test-%s: %s: %s", hop.environment, result.title, "passed" if result.passed else f"failed: {result.reason}"
        )
    if failures(results):
        await asyncio.to_thread(workspace.append, [_tested(workspace, member, results) for member in hop.members])
    return tuple(results)


def _of(hop: Hop, result: SuiteResult) -> SuiteResult:
    return result.model_copy(update={"application": hop.application})


def _tested(workspace: Workspace, hop: Hop, results: Sequence[SuiteResult]) -> Entry:
    own = [result for result in results if result.application in ("", hop.application)]
    return workspace.hop_entry("tested", hop, suites=own)


def failures(results: Sequence[SuiteResult]) -> str:
    """Which suites failed and why; empty when none did."""
    return "; ".join(f"{result.title}: {result.reason}" for result in results if not result.passed)

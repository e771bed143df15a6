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
from promontory.suites.run import run_all

log = logging.getLogger("promontory.promotion")


async def test_release(workspace: Workspace, hop: Hop) -> tuple[SuiteResult, ...]:
    """Run them side by side in a working tree of the GitOps repository's head; record a failure.

    Successes are recorded together with the plan that they allow.
    """
    suites = workspace.suites(hop.environment)
    if not suites:
        return ()
    with TemporaryDirectory(prefix="promontory-") as directory:
        await asyncio.to_thread(workspace.repository.export, workspace.repository.head(), Path(directory))
        results = await run_all(suites, Target(hop.place, hop.release), Path(directory))
    for result in results:
        log.info(
            "test-%s: %s: %s", hop.environment, result.name, "passed" if result.passed else f"failed: {result.reason}"
        )
    if failures(results):
        entry = workspace.hop_entry("tested", hop, suites=results)
        await asyncio.to_thread(workspace.append, [entry])
    return results


def failures(results: Sequence[SuiteResult]) -> str:
    """Which suites failed and why; empty when none did."""
    return "; ".join(f"{result.name}: {result.reason}" for result in results if not result.passed)

"""Run the suites of one environment side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from promontory.model import SuiteResult
from promontory.options import Target
from promontory.suites.contract import Suite


async def run_all(suites: Sequence[Suite], target: Target, workdir: Path) -> tuple[SuiteResult, ...]:
    """Their results, in their order. Where one cannot be run (`TransientError`), the others are ended."""
    tasks = [asyncio.create_task(suite.run(target, workdir)) for suite in suites]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""Run an environment's suites against a release, before it may enter."""

from __future__ import annotations

from typing import Any

from prefect import State
from prefect.states import Completed, Failed

from promontory.escaping.plain import one_line
from promontory.promotion.testing import failures, let_through, test_release
from promontory.promotion.values import Hop
from tasks.artifacts import show_suites
from tasks.running import WORKSPACE, step

# Each suite has its own timeout; this only catches one that cannot be killed.
_BACKSTOP_SECONDS = 24 * 3600


@step("test-{hop.environment}", timeout_seconds=_BACKSTOP_SECONDS)
async def test(hop: Hop) -> State[Any]:
    """Carries the suites' results in either case."""
    results = await test_release(WORKSPACE.get(), hop)
    show_suites(hop, results)
    if failed := failures(results):
        return Failed(name="TestsFailed", message=one_line(failed), data=results)
    if failed := let_through(results):
        return Completed(name="LetThrough", message=one_line(f"failed, and let through: {failed}"), data=results)
    return Completed(message=f"{len(results)} passed" if results else "no suites are configured", data=results)

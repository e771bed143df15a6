"""Watch an environment after a push until it is healthy, or has failed."""

from __future__ import annotations

from typing import Any

from prefect import State
from prefect.states import Completed, Failed

from promontory.clock import moment
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.verification import verify as verify_core
from promontory.record import Entry
from tasks.artifacts import show_verdict
from tasks.running import WORKSPACE, step

# The checks' own deadlines end a verification; this only catches a check that hangs.
_BACKSTOP_SECONDS = 7 * 24 * 3600


@step("verify-{hop.environment}", timeout_seconds=_BACKSTOP_SECONDS, patient=True)
async def verify(hop: Hop, entry: Entry) -> State[Any]:
    """Carries the verdict, or that it is healthy but soaking; None where the environment has no checks."""
    verdict = await verify_core(WORKSPACE.get(), hop, entry)
    if verdict is None:
        return Completed(name="NotVerified", message="no checks are configured", data=None)
    if isinstance(verdict, Soaking):
        return Completed(name="Soaking", message=f"healthy; watched until {moment(verdict.until)}", data=verdict)
    show_verdict(hop, entry, verdict)
    if verdict.healthy:
        return Completed(name="Healthy", message="; ".join(verdict.reasons), data=verdict)
    return Failed(name=verdict.health.value.capitalize(), message="; ".join(verdict.reasons), data=verdict)

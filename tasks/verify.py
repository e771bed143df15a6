"""Watch an environment after a push until it is healthy, or has failed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from prefect import State
from prefect.states import Completed, Failed

from promontory.clock import moment
from promontory.entry import Entry
from promontory.escaping.plain import one_line
from promontory.health import Verdict
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.verification import verify as verify_core
from tasks.artifacts import show_verdict
from tasks.running import WORKSPACE, step

# Set when what is being verified goes back whatever comes of it.
STOP: ContextVar[asyncio.Event | None] = ContextVar("stop", default=None)
STOPPED = "Stopped"
# The checks' own deadlines end a verification; this only catches a check that hangs.
_BACKSTOP_SECONDS = 7 * 24 * 3600


@step("verify-{hop.environment}", timeout_seconds=_BACKSTOP_SECONDS, patient=True)
async def verify(hop: Hop, entry: Entry) -> State[Any]:
    """Carries the verdict, or that it is healthy but soaking; None where the environment has no checks."""
    stop = STOP.get() if entry.kind == "pushed" else None
    verdict = await _unless(stop, hop, entry)
    if verdict is None and stop and stop.is_set():
        return Completed(name=STOPPED, message="its wave goes back", data=None)
    if verdict is None:
        return Completed(name="NotVerified", message="no checks are configured", data=None)
    if isinstance(verdict, Soaking):
        return Completed(name="Soaking", message=f"healthy; watched until {moment(verdict.until)}", data=verdict)
    show_verdict(hop, entry, verdict)
    if verdict.healthy:
        return Completed(name="Healthy", message=one_line("; ".join(verdict.reasons)), data=verdict)
    return Failed(name=verdict.health.value.capitalize(), message=one_line("; ".join(verdict.reasons)), data=verdict)


async def _unless(stop: asyncio.Event | None, hop: Hop, entry: Entry) -> Verdict | Soaking | None:
    """The verdict; None as well where the verification was stopped."""
    watching = asyncio.ensure_future(verify_core(WORKSPACE.get(), hop, entry))
    if stop is None:
        return await watching
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return await watching if watching.done() else None
    finally:
        for each in (watching, stopping):
            if not each.done():
                each.cancel()
                with suppress(asyncio.CancelledError):
                    await each

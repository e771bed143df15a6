"""Waiting for something that happens elsewhere, without holding a process for it.

A deployed run gives itself up: it is scheduled again for later, its process ends, and whatever worker or `promontory
serve` is there then runs the flow from the top, which finds in Git and the ledger what is done. A run in a terminal
sleeps. One that nobody waits for ends, and says what it would have waited for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.runtime import deployment

from promontory.errors import PromontoryError
from promontory.settings import read_settings
from tasks.waking import WAITING

_GROWTH, _MOST = 0.1, 20
# How to wait where the flow does not run from a deployment; None: nobody waits.
REST_HERE: ContextVar[Callable[[float], Awaitable[None]] | None] = ContextVar("rest_here", default=None)


@dataclass(frozen=True)
class Later:
    """Not yet, for ``reason``; it is waited for ``since``.

    ``at_least``: seconds that somebody else asked for; ``no_later_than``: when it is over, if nothing happens before.
    """

    reason: str
    since: datetime
    at_least: float = 0
    no_later_than: datetime | None = None


async def rest(waits: Sequence[Later]) -> bool:
    """Wait until it is worth looking again at the first of ``waits``; False where this run is not to wait.

    A deployed run does not come back from here: call it from the flow itself, when nothing else of it runs.
    """
    seconds = min(delay(wait, datetime.now(UTC), read_settings().poll_interval) for wait in waits)
    if deployment.get_id() is not None:
        await _give_up(seconds, "; ".join(wait.reason for wait in waits))
    here = REST_HERE.get()
    if here is None:
        return False
    await here(seconds)
    return True


def delay(wait: Later, now: datetime, least: float) -> float:
    """Seconds: a tenth of how long it has been waited for, within bounds. It needs no memory of earlier looks."""
    age = (now - wait.since) / timedelta(seconds=1)
    seconds = max(min(max(age * _GROWTH, least), least * _MOST), wait.at_least)
    left = (wait.no_later_than - now) / timedelta(seconds=1) if wait.no_later_than else seconds
    return max(0.0, min(seconds, left))


async def _give_up(seconds: float, reason: str) -> None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise PromontoryError("only a flow run can wait")
    later = State(
        type=StateType.SCHEDULED,
        name=WAITING,
        message=reason,
        state_details=StateDetails(scheduled_time=datetime.now(UTC) + timedelta(seconds=seconds)),
    )
    async with get_client() as client:
        answer = await client.set_flow_run_state(context.flow_run.id, later)
    # Accepted or not (somebody may have cancelled the run meanwhile): the server knows what it is now.
    raise Pause(state=later if answer.status == SetStateStatus.ACCEPT else answer.state or later)

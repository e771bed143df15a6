"""Waiting for something that happens elsewhere, without holding a process for it.

A deployed run gives itself up: it is scheduled again for later, its process ends, and whatever worker or `promontory
serve` is there then runs the flow from the top, which finds in Git and the ledger what is done. A run in a terminal
sleeps. One that nobody waits for ends, and says what it would have waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from httpx import HTTPError
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.runtime import deployment

from promontory.errors import PromontoryError
from promontory.escaping.plain import printable
from promontory.settings import read_settings
from tasks.waking import WAITING, wake

_GROWTH, _MOST = 0.1, 20
_SECOND = timedelta(seconds=1)
_LONGEST_NAP, _GLANCE = 30.0, 5.0
# A server tells its time in whole seconds.
_SAME_TIME = timedelta(seconds=2)
Here = Callable[[float], Awaitable[None]]
# How to wait where the flow does not run from a deployment; None: nobody waits.
REST_HERE: ContextVar[Here | None] = ContextVar("rest_here", default=None)
# Whether this run waits at all: `nightly` goes on to the next application instead.
MAY_REST: ContextVar[bool] = ContextVar("may_rest", default=True)


@dataclass(frozen=True)
class Later:
    """Not yet, for ``reason``; it is waited for ``since``.

    ``at_least``: seconds that somebody else asked for; ``no_later_than``: when it is over, if nothing happens before;
    ``not_before``: when something happens that is known now, until when there is nothing to look at. ``has_come``: asks
    the ledger whether what others have to end for it has come to its end; whoever ends it wakes a run that rests.
    """

    reason: str
    since: datetime
    at_least: float = 0
    no_later_than: datetime | None = None
    not_before: datetime | None = None
    has_come: Callable[[], Awaitable[bool]] | None = None


def gives_itself_up() -> bool:
    """Whether this run ends its process where it waits, and is started again."""
    return MAY_REST.get() and deployment.get_id() is not None


async def rest(waits: Sequence[Later]) -> bool:
    """Wait until it is worth looking again at the first of ``waits``; False where this run is not to wait.

    A deployed run does not come back from here: call it when nothing else of the run is at work.
    """
    least, now = read_settings().poll_interval, datetime.now(UTC)
    first = min(waits, key=lambda wait: delay(wait, now, least))
    seconds = delay(first, now, least)
    if gives_itself_up():
        await _give_up(next_look(waits), waits)
    here = REST_HERE.get()
    if here is None or not MAY_REST.get():
        return False
    await nap(first, seconds, here)
    return True


def next_look(waits: Sequence[Later]) -> datetime:
    """When it is worth looking again at the first of ``waits``."""
    now, least = datetime.now(UTC), read_settings().poll_interval
    return now + timedelta(seconds=min(delay(wait, now, least) for wait in waits))


async def nap(wait: Later, seconds: float, here: Here = asyncio.sleep) -> None:
    """Sleep in this process, for ``seconds`` at most: nobody can wake it, so it glances at what it waits for."""
    now = datetime.now(UTC)
    if wait.not_before and wait.not_before > now:
        await _until(wait.not_before, here)
    elif wait.has_come:
        await _until(now + timedelta(seconds=seconds), here, wait.has_come)
    else:
        await here(seconds)


async def _until(moment: datetime, here: Here, has_come: Callable[[], Awaitable[bool]] | None = None) -> None:
    """In short naps: what sleeps long wakes up late where the machine has slept as well."""
    longest = _GLANCE if has_come else _LONGEST_NAP
    while (left := (moment - datetime.now(UTC)) / _SECOND) > 0:
        await here(min(left, longest))
        if has_come and await has_come():
            return


def delay(wait: Later, now: datetime, least: float) -> float:
    """Seconds: a tenth of how long it has been waited for, within bounds. It needs no memory of earlier looks."""
    if wait.not_before and wait.not_before > now:
        return (wait.not_before - now) / _SECOND
    age = (now - wait.since) / _SECOND
    seconds = max(min(max(age * _GROWTH, least), least * _MOST), wait.at_least)
    left = (wait.no_later_than - now) / _SECOND if wait.no_later_than else seconds
    return max(0.0, min(seconds, left))


async def _give_up(until: datetime, waits: Sequence[Later]) -> None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise PromontoryError("only a flow run can wait")
    async with get_client() as client:
        details = StateDetails(scheduled_time=until + await _ahead(client))
        reason = printable("; ".join(wait.reason for wait in waits))
        later = State(type=StateType.SCHEDULED, name=WAITING, message=reason, state_details=details)
        answer = await client.set_flow_run_state(context.flow_run.id, later)
        # Who came to an end between our last look and now has found us running, and woken nobody.
        if answer.status == SetStateStatus.ACCEPT and await any_has_come(waits):
            await wake(client, str(context.flow_run.id))
    # Accepted or not (somebody may have cancelled the run meanwhile): the server knows what it is now.
    raise Pause(state=later if answer.status == SetStateStatus.ACCEPT else answer.state or later)


async def any_has_come(waits: Sequence[Later]) -> bool:
    return any([await wait.has_come() for wait in waits if wait.has_come])


async def _ahead(client: PrefectClient) -> timedelta:
    """By how much the server's clock is ahead of ours: it decides when the run starts, ours what is open then."""
    asked = datetime.now(UTC)
    try:
        told = parsedate_to_datetime((await client.hello()).headers["date"])
    except (HTTPError, KeyError, ValueError):
        return timedelta()
    ahead = told - asked
    return ahead if abs(ahead) > _SAME_TIME else timedelta()

"""What every task shares: the run's workspace, how Git work is retried, and off the event loop it goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from prefect import State, Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import TaskRun
from prefect.tasks import exponential_backoff

from promontory.errors import TransientError
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.tasks")
WORKSPACE: ContextVar[Workspace] = ContextVar("workspace")
# What was pushed has to be judged, and what is ill to be taken back, however long Git is away: for half an hour.
_PATIENTLY = [2.0, 4.0, 8.0, *[15.0] * 7, *[30.0] * 10, *[60.0] * 30]
# Well below the time that a task may take; who asks for longer is asked again, and the run fails in the end.
_LONGEST_REST = 120.0
Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


async def is_transient(_: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Retry `TransientError` only (design, decision 8), and say so: somebody may be waiting."""
    try:
        await state.aresult()
    except TransientError as error:
        log.warning("%s: %s; trying again", run.name, error.message)
        return True
    except Exception:
        return False
    return False


def step(
    name: str, *, timeout_seconds: float = 900, patient: bool = False
) -> Callable[[Callable[Parameters, Returned]], Task[Parameters, Returned]]:
    """A task that is named for what it does, retried with growing and jittered delays, and never cached.

    Git and the ledger say what has happened already; a cached answer could only be older than theirs. A ``patient``
    one is retried for half an hour, the others for half a minute.
    """
    return task(
        task_run_name=name,
        retries=len(_PATIENTLY) if patient else 4,
        retry_delay_seconds=_PATIENTLY if patient else exponential_backoff(backoff_factor=2),
        retry_jitter_factor=0.5,
        retry_condition_fn=is_transient,
        timeout_seconds=timeout_seconds,
        cache_policy=NO_CACHE,
        persist_result=False,
    )


async def core(call: Callable[..., Returned], *arguments: object, **named: object) -> Returned:
    """Run a call into the core with the run's workspace, in a thread: the event loop serves the other hops.

    Where the other side says how long to leave it alone, the failure comes only after that, and the retry with it.
    """
    try:
        return await asyncio.to_thread(call, WORKSPACE.get(), *arguments, **named)
    except TransientError as error:
        if error.retry_after:
            await asyncio.sleep(min(error.retry_after, _LONGEST_REST))
        raise

"""What a run recorded in a process that died: it may have died before it told anybody.

Nothing marks what was told: marks would be as many pushes again, and leave a gap of their own. So it is told once more,
and says so. A message that comes twice after a crash does less harm than one that never comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from prefect import State
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from promontory.entry import Entry
from promontory.ledger import Wanted
from promontory.ledger.names import moment_of
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.tasks")
# Between the clock of the server, which says when the process began, and the one that stamps entries.
_CLOCKS_DIFFER = timedelta(seconds=10)


async def recorded_before_death(workspace: Workspace) -> Sequence[Entry]:
    """The entries of the process of this run that died right before this one; none where none did."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.run_count < 2:
        return ()
    run = context.flow_run.id
    try:
        async with get_client() as client:
            since = began_before_death(await client.read_flow_run_states(run))
        return await asyncio.to_thread(_recorded, workspace, str(run), since - _CLOCKS_DIFFER) if since else ()
    except Exception as error:
        log.warning("whether the last process of this run told everybody is not known: %s", type(error).__name__)
        return ()


def began_before_death(states: Sequence[State[Any]]) -> datetime | None:
    """When the process began that died; None where the one that runs now was not started after a death."""
    begun = before = None
    died = False
    for state in sorted(states, key=lambda each: each.timestamp):
        if state.is_running():
            before, begun, died = (begun if died else None), state.timestamp, False
        elif state.is_crashed():
            died = True
    return before


def _recorded(workspace: Workspace, run: str, since: datetime) -> list[Entry]:
    """In the whole ledger: a run may move several applications. Older entries are not read."""
    newest_first = workspace.ledger.newest(wanted=Wanted(since=moment_of(since)))
    return [entry for entry in newest_first if entry.run == run][::-1]

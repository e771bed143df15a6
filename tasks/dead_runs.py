"""Flow runs that died with their worker, or their machine: nobody saw it, and the server calls them running for ever.

They are marked here as what they are. The server lets a run crash once, so of several that look only one has done it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runtime import flow_run

from tasks.listening import silent
from tasks.running import step

log = logging.getLogger("promontory.tasks")
# What all of this project's runs are tagged with, so that nobody else's are touched.
TAG = "promontory"
WHY = "its process is gone, and so is what would have seen that: nothing has been heard of it for {seconds:g} s"
_MOST_RUNS = 200
# After a crash that somebody saw, the run is about to be started again by whoever saw it.
_SEEN_TO = timedelta(minutes=1)
# What crashed earlier, others have seen to in some way.
_LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class Dead:
    """A run that was marked: as crashed, or as cancelled where that had been asked for."""

    run: UUID
    name: str
    cancelled: bool


@step("dead-runs", timeout_seconds=3600)
async def mark_dead_runs(quiet: float) -> tuple[Dead, ...]:
    """Listen for the runs that should be running, and mark those of which nothing is heard for ``quiet`` seconds."""
    async with get_client() as client:
        suspects = {run.id: run for run in await runs_in(client, StateType.RUNNING, StateType.CANCELLING)}
        suspects.pop(UUID(str(flow_run.get_id())), None)
        marked = [await _marked(client, suspects[run], quiet) async for run in silent([*suspects], quiet)]
    return tuple(dead for dead in marked if dead)


async def runs_in(client: PrefectClient, *types: StateType) -> list[FlowRun]:
    """This project's flow runs whose state is of one of these types, the newest first."""
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[*types])), tags=FlowRunFilterTags(all_=[TAG])
    )
    return await client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.START_TIME_DESC, limit=_MOST_RUNS)


async def _marked(client: PrefectClient, suspect: FlowRun, quiet: float) -> Dead | None:
    """Unless it has gone on since we looked first, or somebody else was faster."""
    was, now = suspect.state, (await client.read_flow_run(suspect.id)).state
    if was is None or now is None or now.id != was.id:
        return None
    end = StateType.CANCELLED if was.is_cancelling() else StateType.CRASHED
    answer = await client.set_flow_run_state(suspect.id, State(type=end, message=WHY.format(seconds=quiet)))
    log.warning("%s (%s): %s", suspect.name, suspect.id, WHY.format(seconds=quiet))
    return Dead(suspect.id, suspect.name, was.is_cancelling()) if answer.status == SetStateStatus.ACCEPT else None


async def crashed_lately(client: PrefectClient, marked: Collection[UUID]) -> list[FlowRun]:
    """Runs that have crashed and that nobody is about to start again: those of ``marked``, and what others left."""
    now, crashed = datetime.now(UTC), await runs_in(client, StateType.CRASHED)
    ages = {run.id: now - run.state.timestamp for run in crashed if run.state}
    return [run for run in crashed if run.id in marked or (run.id in ages and _SEEN_TO < ages[run.id] < _LATELY)]

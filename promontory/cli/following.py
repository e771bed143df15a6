"""Follow a flow run on a Prefect server to its end: states and task runs on stderr, as they change."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from promontory.cli.prefect_api import prefect_client, run_address
from promontory.cli.printing import say
from promontory.errors import NotAllowed, TransientError
from promontory.escaping.plain import one_line

if TYPE_CHECKING:
    from uuid import UUID

    from prefect import State
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas import FlowRun

_POLL_SECONDS = 1.0
_MOST_FAILURES = 20
# A run whose process died is started again by flows/recovering.py; so long it is not taken to be over.
_CRASHED_SECONDS = 15.0
# As flows/waiting.py calls it.
_WAITING = "Waiting"
# The key of the question, as flows/approval.py asks it, names the promotion.
_QUESTION = re.compile(r"approve-.+-([0-9a-f]{12})-[0-9a-f]{8}-\d+")


@dataclass
class Follower:
    """What has been told already."""

    run: UUID
    told: dict[str, str] = field(default_factory=dict)
    seen: set[UUID] = field(default_factory=set)
    failures: int = 0

    async def until_final(self, within: timedelta | None) -> FlowRun:
        """Raises `NotAllowed` where it still waits for an approval when the time is up, `TransientError` else."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within.total_seconds() if within else float("inf")
        state: State | None = None
        crashed: float | None = None
        while True:
            flow_run = await self._look()
            if flow_run is not None:
                state = flow_run.state
            crashed = (crashed or loop.time()) if state is not None and state.is_crashed() else None
            waits = crashed is not None and loop.time() - crashed < _CRASHED_SECONDS
            if flow_run is not None and state is not None and state.is_final() and not waits:
                return flow_run
            if loop.time() + _POLL_SECONDS > deadline:
                raise self._too_late(state, within)
            await asyncio.sleep(_POLL_SECONDS)

    async def _look(self) -> FlowRun | None:
        """None where the server does not answer just now: it may be restarting."""
        try:
            async with prefect_client() as client:
                flow_run = await client.read_flow_run(self.run)
                await self._tell_tasks(client)
                await self._tell_states(client)
        except TransientError as error:
            self.failures += 1
            if self.failures > _MOST_FAILURES:
                raise
            self._tell("server", error.message)
            return None
        self.failures = 0
        return flow_run

    async def _tell_tasks(self, client: PrefectClient) -> None:
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
        from prefect.client.schemas.sorting import TaskRunSort

        only = FlowRunFilter(id=FlowRunFilterId(any_=[self.run]))
        task_runs = await client.read_task_runs(
            flow_run_filter=only, sort=TaskRunSort.EXPECTED_START_TIME_ASC, limit=200
        )
        for task_run in task_runs:
            if task_run.state:
                self._tell(task_run.name, task_run.state.name or "")

    async def _tell_states(self, client: PrefectClient) -> None:
        """All that it has been through: some states last for less than the time between two looks."""
        for state in sorted(await client.read_flow_run_states(self.run), key=lambda each: each.timestamp):
            if state.id not in self.seen:
                self.seen.add(state.id)
                self._tell_state(state)

    def _tell_state(self, state: State) -> None:
        if state.name == _WAITING:
            self._tell("run", f"waits: {state.message}")
        elif state.is_paused():
            self._tell("run", f"waits for approval: {_how(state)}")
        else:
            late = " (is a worker or `promontory serve` running?)" if state.name == "Late" else ""
            self._tell("run", f"{state.name}{late}")

    def _tell(self, who: str, what: str) -> None:
        if self.told.get(who) != what:
            self.told[who] = what
            say(
                (f"{datetime.now().astimezone():%H:%M:%S}  ", "dim"),
                (f"{who:<20} ", "cyan"),
                one_line(what),
                error=True,
            )

    def _too_late(self, state: State | None, within: timedelta | None) -> NotAllowed | TransientError:
        seconds = within.total_seconds() if within else 0
        if state is not None and state.is_paused():
            remedy = f"{_how(state)}; the run goes on by itself then: {run_address(self.run)}"
            return NotAllowed(f"still waiting for approval after {seconds:g} s", remedy)
        if state is not None and state.name == _WAITING:
            remedy = f"it goes on by itself then: {run_address(self.run)}"
            return NotAllowed(f"still waiting after {seconds:g} s: {one_line(state.message or '')}", remedy)
        now = state.name if state else "unknown"
        remedy = f"it goes on without us: {run_address(self.run)}"
        return TransientError(f"not at its end after {seconds:g} s, but {now}", remedy)


def _how(state: State) -> str:
    """How to approve, with the promotion's id where the question names it."""
    keys = state.state_details.run_input_keyset or {}
    found = next((match for key in keys.values() if (match := _QUESTION.search(key))), None)
    return f"promontory approve {found[1]}" if found else "promontory pending lists it"

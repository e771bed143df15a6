"""A deployed run whose process died is started again, and goes on where it was: Git and the ledger know where.

Prefect runs the hook where the worker or `promontory serve` is left to see the death. Where both have died, the run is
called running for ever, and promoting again is what helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prefect import Flow, State
from prefect.client.orchestration import get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.objects import StateDetails, StateType

# What a run's state is called between its death and its next start.
RECOVERING = "Recovering"
# A run that dies each time it is started (of memory, say) must not be started for ever.
_MOST_DEATHS, _WITHIN = 5, timedelta(hours=1)
_PAUSE = timedelta(seconds=2)


async def start_again(flow: Flow[..., object], flow_run: FlowRun, state: State) -> None:  # noqa: ARG001 — Prefect's names
    """The hook for `on_crashed`."""
    if flow_run.deployment_id is None:
        return  # nobody starts it but who started it: in a terminal, by the same command
    async with get_client() as client:
        states = await client.read_flow_run_states(flow_run.id)
        deaths = [each.timestamp for each in states if each.is_crashed()]
        if later := next_start(deaths, datetime.now(UTC)):
            await client.set_flow_run_state(flow_run.id, later, force=True)


def next_start(deaths: Sequence[datetime], now: datetime) -> State | None:
    """The state in which it waits for its next start, longer after each death; None where it has died too often."""
    recent = sum(now - death < _WITHIN for death in deaths)
    if recent > _MOST_DEATHS:
        return None
    message = f"its process died; it is started again, and goes on where it was ({recent} of {_MOST_DEATHS})"
    details = StateDetails(scheduled_time=now + _PAUSE * recent)
    return State(type=StateType.SCHEDULED, name=RECOVERING, message=message, state_details=details)

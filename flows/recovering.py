"""A deployed run whose process died is started again, and goes on where it was: Git and the ledger know where.

Prefect runs the hook where the worker or `promontory serve` is left to see the death. Where both have died, `recover`
finds out (flows/recover.py).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from prefect import Flow, State
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.objects import StateDetails, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.states import to_state_create

from flows.abandoned import give_up
from tasks.dead_runs import crashed_lately

# What a run's state is called between its death and its next start.
RECOVERING = "Recovering"
# The flows that go on where they were. An answer over the API is given again by whoever gave it.
STARTED_AGAIN = frozenset({"promote", "rollback", "nightly", "attend"})
# A run that dies each time it is started (of memory, say) must not be started for ever.
_MOST_DEATHS, _WITHIN = 5, timedelta(hours=1)
_PAUSE = timedelta(seconds=2)
DIED_TOO_OFTEN = f"its process died more than {_MOST_DEATHS} times within an hour"


async def start_again(flow: Flow[..., object], flow_run: FlowRun, state: State) -> None:  # noqa: ARG001 — Prefect's names
    """The hook for `on_crashed`."""
    if flow_run.deployment_id is None:
        return  # in a terminal: nobody starts it again, what it has pushed is taken up (flows/taking_up.py)
    async with get_client() as client:
        later = next_start(await deaths_of(client, flow_run.id), datetime.now(UTC))
        if later:
            await client.set_flow_run_state(flow_run.id, later, force=True)
            return
    await give_up(str(flow_run.id), flow_run.name, DIED_TOO_OFTEN)


async def start_dead_again(marked: Collection[UUID]) -> list[str]:
    """Start the runs again whose death nobody else saw, ``marked`` among them; the names of those that go on."""
    started = []
    async with get_client() as client:
        for run in await crashed_lately(client, marked):
            flow = await client.read_flow(run.flow_id)
            if run.deployment_id is None or flow.name not in STARTED_AGAIN or run.state is None:
                continue
            later = next_start(await deaths_of(client, run.id), run.state.timestamp)
            if later is None:
                if run.id in marked:
                    await give_up(str(run.id), run.name, DIED_TOO_OFTEN)
            elif await _proposed(client, run, later):
                started.append(run.name)
    return started


async def _proposed(client: PrefectClient, run: FlowRun, later: State) -> bool:
    """The server takes a transition with the same id once; Prefect's client would give each another one."""
    crash, now = run.state, (await client.read_flow_run(run.id)).state
    if crash is None or now is None or now.id != crash.id:
        return False
    proposal = to_state_create(later)
    proposal.state_details.transition_id = uuid5(NAMESPACE_OID, f"start again after {crash.id}")
    document = {"state": proposal.model_dump(mode="json", serialize_as_any=True), "force": False}
    answer = await client.request("POST", "/flow_runs/{id}/set_state", path_params={"id": run.id}, json=document)
    return bool(answer.json()["status"] == SetStateStatus.ACCEPT.value)


async def deaths_of(client: PrefectClient, run: UUID) -> list[datetime]:
    return [each.timestamp for each in await client.read_flow_run_states(run) if each.is_crashed()]


def next_start(deaths: Sequence[datetime], now: datetime) -> State | None:
    """The state in which it waits for its next start, longer after each death; None where it has died too often."""
    recent = sum(now - death < _WITHIN for death in deaths)
    if recent > _MOST_DEATHS:
        return None
    message = f"its process died; it is started again, and goes on where it was ({recent} of {_MOST_DEATHS})"
    details = StateDetails(scheduled_time=now + _PAUSE * recent)
    return State(type=StateType.SCHEDULED, name=RECOVERING, message=message, state_details=details)

"""Wake a flow run that waits, whatever it waits in: it runs again, and looks into Git and the ledger for itself.

What it waits for counts without it: whatever makes the run go on, it looks there first.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from httpx import HTTPError, HTTPStatusError
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound
from prefect.utilities.urls import url_for

from promontory.errors import TransientError

# What the state is called that a run waits in without a form, and by which others know that it does.
WAITING = "Waiting"
# The approval form, filled in by nobody: the run is to look for itself. Who does not know `look` asks for a name.
LOOK: dict[str, Any] = {"decision": "approve", "name": "", "note": "", "look": True, "environment": "all"}
# A run is called suspended a moment before Prefect has stored the form that is to be filled in.
_NO_FORM_YET = "schema not found"
_FORM_ROUNDS, _FORM_SECONDS = 20, 0.25
# So soon it looks by itself. What a runner has taken, ten seconds before it is due, is pending and no longer ours.
_SOON = timedelta(seconds=2)
_MOST_ASKING = 200


@dataclass(frozen=True)
class Woken:
    """What became of it; ``told`` says it in a sentence.

    ``woken``: it goes on because of us. ``awake``: it goes on by itself. ``ended``: nothing goes on. ``unknown``: this
    server does not know the run.
    """

    status: Literal["woken", "awake", "ended", "unknown"]
    told: str


async def wake(client: PrefectClient, run: str) -> Woken:
    """Make the flow run ``run`` look again, where it waits. Raises what the client raises where it cannot be asked."""
    try:
        flow_run = await client.read_flow_run(UUID(run))
    except (ObjectNotFound, ValueError):
        return Woken(
            "unknown", f"the Prefect server does not know the flow run {run}; one in a terminal goes on by itself"
        )
    state = flow_run.state
    if state is not None and state.is_paused():
        return await _resumed(client, flow_run.id, state)
    if state is not None and state.is_scheduled() and state.name == WAITING:
        return await _hurried(client, flow_run.id, state)
    if state is not None and state.is_final():
        return Woken("ended", f"the flow run has ended ({state.name}); promote again, and it goes on from here")
    return _awake(state)


async def wake_from(run: str, form: str) -> str:
    """Wake the flow run if it still waits with that form; what became of it in a sentence.

    Else it has gone on since, and has somebody look again at its next moment. Raises `TransientError`.
    """
    try:
        async with get_client() as client:
            state = (await client.read_flow_run(UUID(run))).state
            if state is None or not state.is_paused() or state.state_details.pause_key != form:
                return "the flow run has gone on since"
            return (await wake(client, run)).told
    except ObjectNotFound:
        return f"the Prefect server does not know the flow run {run} any more"
    except HTTPError as error:
        raise TransientError(f"the flow run cannot be woken: {error}") from None


async def wake_waiting(promotion: str, run: str | None) -> str:
    """Wake whatever waits for the answer to ``promotion``: the run that asked, and others that took it up since.

    What became of it in a sentence, also where the server cannot be asked: the answer is recorded all the same.
    """
    try:
        async with get_client() as client:
            return (await wake_all(client, promotion, run)).told
    except HTTPError as error:
        return f"the flow run could not be woken: {error}; resume it in the Prefect UI"


async def wake_all(client: PrefectClient, promotion: str, run: str | None) -> Woken:
    asked = await wake(client, run) if run else Woken("unknown", "promote again, and it goes on from here")
    others = [each for each in await _asking(client, promotion) if each != run]
    woken = [await wake(client, each) for each in others]
    return next((each for each in (asked, *woken) if each.status == "woken"), asked)


async def _asking(client: PrefectClient, promotion: str) -> list[str]:
    """The suspended runs whose question names the promotion; its key does, as flows/approval.py makes it."""
    paused = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED]))
    runs = await client.read_flow_runs(flow_run_filter=FlowRunFilter(state=paused), limit=_MOST_ASKING)
    return [str(each.id) for each in runs if f"-{promotion}-" in _question(each.state)]


def _question(state: State[Any] | None) -> str:
    keys = state.state_details.run_input_keyset if state else None
    return " ".join(keys.values()) if keys else ""


def _awake(state: State[Any] | None) -> Woken:
    name = (state.name if state else None) or "pending"
    return Woken("awake", f"the flow run is {name.lower()}; it goes on by itself")


def _goes_on(run: UUID) -> Woken:
    return Woken("woken", f"the flow run goes on: {url_for('flow-run', obj_id=str(run)) or run}")


async def _resumed(client: PrefectClient, run: UUID, state: State[Any]) -> Woken:
    """Four at once: one wins, the others learn that there was nothing left to do."""
    form = LOOK if state.state_details.run_input_keyset else None
    for _ in range(_FORM_ROUNDS):
        try:
            outcome = await client.resume_flow_run(run, run_input=form)
        except HTTPStatusError as error:
            if error.response.status_code == 409:
                return Woken("awake", "the flow run is being resumed already")
            raise
        if outcome.status == SetStateStatus.ACCEPT:
            return _goes_on(run)
        reason = getattr(outcome.details, "reason", None) or outcome.status.value
        if _NO_FORM_YET not in reason:
            return Woken("awake", f"the flow run is not to be resumed now: {reason}")
        await asyncio.sleep(_FORM_SECONDS)
    return Woken("awake", "the flow run is about to be suspended; resume it in the Prefect UI")


async def _hurried(client: PrefectClient, run: UUID, state: State[Any]) -> Woken:
    now = datetime.now(UTC)
    due = state.state_details.scheduled_time
    if due is not None and due <= now + _SOON:
        return Woken("awake", "the flow run looks again in a moment")
    at_once = State(
        type=StateType.SCHEDULED,
        name=WAITING,
        message=state.message,
        state_details=StateDetails(scheduled_time=now),
    )
    answer = await client.set_flow_run_state(run, at_once)
    return _goes_on(run) if answer.status == SetStateStatus.ACCEPT else _awake(answer.state)

"""Wake the flow run that waits for an approval, once the answer is in the ledger.

The answer counts without it: whatever makes the run go on, it looks into the ledger first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from promontory.cli.prefect_api import api_url, prefect_client, run_address
from promontory.errors import PromontoryError, UsageError

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import PrefectClient

Given = Literal["approve", "reject"]
# A run is called suspended a moment before Prefect has stored the form that is to be filled in.
_NO_FORM_YET = "schema not found"
_FORM_ROUNDS, _FORM_SECONDS = 20, 0.25


async def resume(run: str, decision: Given, name: str, note: str) -> str:
    """Resume the flow run ``run`` with the form filled in; what became of it, in one sentence."""
    if api_url() is None:
        return (
            "no Prefect server is configured here. A run that waits in a terminal goes on by itself; one that has "
            "ended, when it is promoted again; a suspended one, when it is resumed in the Prefect UI, or by this "
            "command with PREFECT_API_URL set"
        )
    try:
        return await _resume(run, {"decision": decision, "name": name, "note": note})
    except PromontoryError as error:
        return f"the flow run {run} could not be resumed: {error.message}; resume it in the Prefect UI"


async def _resume(run: str, form: dict[str, str]) -> str:
    from uuid import UUID

    async with prefect_client() as client:
        state = await _state(client, UUID(run))
        if state is None:
            return f"the Prefect server does not know the flow run {run}; one in a terminal goes on by itself"
        kind, name = state
        if kind == "PAUSED":
            return await _answered(client, UUID(run), form)
        if kind in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return f"the flow run has ended ({name}); promote again, and it goes on from here"
        return f"the flow run is {name.lower()}; it goes on by itself"


async def _state(client: PrefectClient, run: UUID) -> tuple[str, str] | None:
    from prefect.exceptions import ObjectNotFound

    try:
        flow_run = await client.read_flow_run(run)
    except ObjectNotFound:
        return None
    state = flow_run.state
    return (state.type.value, state.name or state.type.value) if state else ("PENDING", "Pending")


async def _answered(client: PrefectClient, run: UUID, form: dict[str, str]) -> str:
    """Four at once: one wins, the others learn that there was nothing left to do."""
    from httpx import HTTPStatusError

    for _ in range(_FORM_ROUNDS):
        try:
            outcome = await client.resume_flow_run(run, run_input=form)
        except HTTPStatusError as error:
            if error.response.status_code == 409:
                return "the flow run is being resumed already"
            raise
        if outcome.status.value == "ACCEPT":
            return f"the flow run goes on: {run_address(run)}"
        reason = getattr(outcome.details, "reason", None) or outcome.status.value
        if _NO_FORM_YET not in reason:
            break
        await asyncio.sleep(_FORM_SECONDS)
    raise UsageError(reason)

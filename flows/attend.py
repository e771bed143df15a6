"""Look at a request for approval that no process waits for: remind, expire, heed the forge; and wake who waits."""

import asyncio
from datetime import UTC, datetime, timedelta

from prefect import flow

from flows.recovering import start_again
from flows.running import FLOW, concluding, workspace_of_run
from promontory.errors import PromontoryError
from promontory.promotion.values import Result
from tasks.attending import attend as look
from tasks.attending import attend_at, wake_at_last
from tasks.waking import wake_waiting

_AGAIN = timedelta(minutes=10)
_CLOCKS_DIFFER = timedelta(minutes=1)


@flow(name="attend", flow_run_name="attend {promotion}", on_crashed=[start_again], **FLOW)
@concluding
async def attend(promotion: str, digest: str, run: str, due: datetime, form: str = "") -> Result:
    """Look at a request that waits. Runs that wait schedule this by themselves; nobody has to start it.

    Args:
        promotion: The id of the promotion that waits.
        digest: The digest of the plan that it waits with.
        run: The flow run that waits.
        due: What it is about is due then, and not before.
        form: The form that the run is suspended with. Another environment of the run is due then, and the run is only
            woken: nothing else wakes one that is suspended.
    """
    await asyncio.sleep(max(min(due - datetime.now(UTC), _CLOCKS_DIFFER) / timedelta(seconds=1), 0))
    if form:
        return Result(application=promotion, release=form, note=await wake_at_last(run, form))
    try:
        async with workspace_of_run("promontory"):
            found = await look(promotion, digest)
    except PromontoryError:
        await attend_at(datetime.now(UTC) + _AGAIN, promotion, digest, run)
        raise
    if found.due:
        await attend_at(found.due, promotion, digest, run)
    woken = "" if found.waits else f"; {await wake_waiting(promotion, run)}"
    return Result(application=promotion, release=digest, note=f"{found.told}{woken}")

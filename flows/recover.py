"""Find runs that died unseen, with their worker or their machine, and let them go on.

Nobody has to start it. A trigger of its deployment does where the server misses a heartbeat, and `promontory serve`
where something is called running when it starts. Another trigger starts it when a run was cancelled: one that rested or
was suspended had no process that could see to what it has left.
"""

from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.deployments import arun_deployment
from prefect.runtime import deployment

from flows.abandoned import abandon, take_back_abandoned
from flows.recovering import start_again, start_dead_again
from flows.running import FLOW, concluding, workspace_of_run
from flows.taking_up import take_up
from promontory.errors import PromontoryError
from promontory.promotion.values import Result
from tasks.dead_runs import mark_dead_runs, runs_in

RECOVER_DEPLOYMENT = "recover/recover"
_AGAIN = timedelta(minutes=10)


@flow(name="recover", flow_run_name="recover", on_crashed=[start_again], **FLOW)
@concluding
async def recover(silence: float = 90) -> Result:
    """Mark runs as crashed whose process is gone, start them again, and take up what others like them have pushed.

    Args:
        silence: Seconds for which nothing may have been heard of a run that has died: three times as long as from one
            heartbeat to the next (PREFECT_FLOWS_HEARTBEAT_FREQUENCY). 0: nobody is listened for, only what
            cancelled runs have left is seen to.
    """
    try:
        dead = await mark_dead_runs(silence) if silence else ()
        again = await start_dead_again([each.run for each in dead if not each.cancelled])
        for each in dead:
            if each.cancelled:
                await abandon(str(each.run), each.name)
        async with workspace_of_run("promontory"):
            await take_back_abandoned()
            taken_up = await take_up()
    except PromontoryError:
        await _look_again(silence)
        raise
    return Result(
        application="everything", release="running", note=_note([each.name for each in dead], again, taken_up)
    )


def _note(dead: list[str], again: list[str], taken_up: list[str]) -> str:
    told = (("died unseen", dead), ("started again", again), ("taken up", taken_up))
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in told if names) or "nothing was left undone"


async def recover_what_is_called_running() -> None:
    """For `promontory serve` when it starts: what died with the one before it, nobody else may have missed."""
    async with get_client() as client:
        if await runs_in(client, StateType.RUNNING, StateType.CANCELLING):
            await arun_deployment(RECOVER_DEPLOYMENT, timeout=0, as_subflow=False)


async def _look_again(silence: float) -> None:
    """Once in ten minutes, however many look."""
    if deployment.get_id() is None:
        return
    due = datetime.now(UTC) + _AGAIN
    key = f"recover {int(due.timestamp() // _AGAIN.total_seconds())}"
    await arun_deployment(
        RECOVER_DEPLOYMENT,
        parameters={"silence": silence},
        scheduled_time=due,
        timeout=0,
        as_subflow=False,
        idempotency_key=key,
    )

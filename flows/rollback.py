"""Take an environment back to an earlier release, by hand. Never waits behind an approval."""

from prefect import flow
from prefect.runtime import flow_run

from flows.forms import Application, Environment
from flows.hop import deliver, until_over
from flows.ready import Ready
from flows.recovering import start_again
from flows.running import FLOW, concluding, rolled_back, workspace_of_run
from flows.waves import WAVE, side_by_side
from promontory.promotion.values import Result
from tasks.explain import show_explanations
from tasks.revert import roll_back
from tasks.status import environments


@flow(name="rollback", flow_run_name="{application} back in {environment}", on_crashed=[start_again], **FLOW)
@concluding
async def rollback(
    application: Application, environment: Environment, to: str = "", reason: str = "", requested_by: str = ""
) -> Result:
    """Take an environment back to an earlier release and hold the one it leaves.

    Args:
        application: The application, as promontory.yaml names it.
        environment: The environment to take back.
        to: The release to go back to; empty for the last one that was verified there before.
        reason: Why; goes into the commit and the ledger.
        requested_by: Who asks for it; goes into the ledger.
    """
    async with workspace_of_run(requested_by):
        why = reason or "rolled back by hand"
        hop, reverted = await roll_back(application, environment, to or None, why, str(flow_run.get_id()))
        step = "verify-revert" if reverted.kind == "reverted" else "revert"
        hop = hop.model_copy(update={"step": step, "entry": reverted, "reason": why})
        with side_by_side([hop]):
            (ended,) = await WAVE.get().together.run([until_over(hop, lambda hop: deliver(Ready(hop)))])
        outcome = rolled_back(ended, reverted)
        await environments([application])
        show_explanations([outcome])
        return Result(application=application, release=outcome.release, hops=(outcome,))

"""Promote everything that is verified upstream and allowed to move."""

import logging
from typing import Any, Literal

from prefect import flow
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import deployment

from flows.abandoned import take_back_abandoned
from flows.promote import promote
from flows.ready import state_of
from flows.recovering import start_again
from flows.running import FLOW, concluding, workspace_of_run
from flows.taking_up import PROMOTE_DEPLOYMENT, take_up_beside
from flows.waiting import MAY_REST
from promontory.promotion.candidates import Candidate
from promontory.promotion.nightly_report import told
from promontory.promotion.values import HopOutcome, Result, Status
from tasks.artifacts import show_night
from tasks.candidates import candidates

log = logging.getLogger("promontory")


@flow(name="nightly", flow_run_name="nightly", on_crashed=[start_again], **FLOW)
@concluding
async def nightly(approvals: Literal["ask", "skip"] = "ask") -> Result:
    """Promote what is verified one environment earlier, environment by environment.

    Args:
        approvals: Where an environment wants an approval: ask for it in a run of its own, or skip the environment.
    """
    MAY_REST.set(False)
    async with workspace_of_run("nightly", unattended=True) as workspace:
        await take_back_abandoned()
        if deployment.get_id():
            await take_up_beside()
        outcomes: list[HopOutcome] = []
        for environment in workspace.config.pipeline().hops():
            for candidate in await candidates(environment):
                outcomes.append(outcome := await move(candidate, approvals))
                log.info("nightly: %s", told(outcome))
        show_night(outcomes)
        note = "; ".join(told(outcome) for outcome in outcomes if outcome.status == "skipped")
        return Result(application="everything", release="verified", hops=tuple(outcomes), note=note)


async def move(candidate: Candidate, approvals: Literal["ask", "skip"]) -> HopOutcome:
    """Promote it in this run; in one of its own what waits for an approval, a merge or a soak, perhaps for days."""
    if candidate.skip:
        return _outcome(candidate, "skipped", candidate.skip)
    if candidate.needs_approval and (approvals == "skip" or deployment.get_id() is None):
        return _outcome(candidate, "skipped", "wants an approval")
    parameters = {
        "application": candidate.application,
        "release": candidate.release,
        "to": candidate.environment,
        "requested_by": "nightly",
        "unattended": True,
    }
    if candidate.needs_approval or (candidate.rests and deployment.get_id() is not None):
        return await _by_itself(candidate, parameters)
    return await _here(candidate, parameters)


async def _by_itself(candidate: Candidate, parameters: dict[str, Any]) -> HopOutcome:
    try:
        await arun_deployment(PROMOTE_DEPLOYMENT, parameters=parameters, timeout=0, as_subflow=False)
    except ObjectNotFound:
        remedy = "restart promontory serve, or prefect deploy --all"
        return _outcome(candidate, "failed", f"the deployment {PROMOTE_DEPLOYMENT} is not there", remedy=remedy)
    return _outcome(candidate, "asked", "approval wanted" if candidate.needs_approval else "in a run of its own")


async def _here(candidate: Candidate, parameters: dict[str, Any]) -> HopOutcome:
    """Whatever happens to it, the night goes on."""
    state = await state_of(promote, **parameters)
    result = await state.aresult(raise_on_failure=False)
    if not isinstance(result, Result):
        return _outcome(candidate, "failed", f"unexpected: {state.message}")
    if not result.hops:
        return _outcome(candidate, "failed", result.error, remedy=result.remedy, error_code=result.error_code)
    came = result.hops[-1]
    at_gate = came.status == "waiting" and not candidate.rests
    return came.model_copy(update={"status": "skipped", "remedy": ""}) if at_gate else came


def _outcome(candidate: Candidate, status: Status, reason: str, **details: Any) -> HopOutcome:
    return HopOutcome(
        application=candidate.application,
        environment=candidate.environment,
        status=status,
        release=candidate.release,
        reason=reason,
        **details,
    )

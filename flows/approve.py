"""Answer a request for approval over the HTTP API: one POST creates a run of this flow, whose final state says more."""

from typing import Annotated, Literal

from prefect import flow
from pydantic import Field

from flows.running import FLOW, concluding, workspace_of_run
from promontory.approvals.refusing import LONGEST_ID, checked_name
from promontory.promotion.values import Result
from tasks.approve import answer_by_api
from tasks.waking import wake_waiting

Short = Annotated[str, Field(max_length=LONGEST_ID)]


@flow(name="approve", flow_run_name="{decision} {promotion}", **FLOW)
@concluding
async def approve(
    promotion: str,
    decision: Literal["approve", "reject"],
    name: str,
    reason: str = "",
    digest: str = "",
    signature: str = "",
) -> Result:
    """Say yes or no to a promotion that waits for its approval, and let its run go on.

    Args:
        promotion: The id of the promotion, as `promontory pending` shows it; its first digits are enough.
        decision: A yes counts for exactly the change that waits. One no ends the promotion.
        name: Who answers, as promontory.yaml lists the approvers.
        reason: Goes into the ledger with the answer. A rejection needs one.
        digest: The digest of the plan that was looked at. Where another one waits by now, nothing is recorded.
        signature: The armored signature of the answer, where the environment wants one.
    """
    async with workspace_of_run(checked_name(name)):
        given = await answer_by_api(promotion, decision, reason, digest, signature)
        woken = await wake_waiting(given.promotion, given.run)
        what = f"{given.application} {given.release} for {given.environment} ({given.promotion})"
        note = f"{given.kind}: {what}, by {given.by}; {given.state}; {woken}"
        return Result(application=given.application, release=given.release, note=note)

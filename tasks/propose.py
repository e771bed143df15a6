"""The way through a pull request: open it, look at it until it is merged, end it."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas import FlowRun
from prefect.exceptions import ObjectNotFound

from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.merging import news as news_core
from promontory.promotion.merging import settle
from promontory.promotion.opening import open_pull_request
from promontory.promotion.proposing import is_outdated, open_proposal
from promontory.promotion.proposing import propose as propose_core
from promontory.promotion.turns import leave, queued
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.withdrawing import open_proposals, withdraw_all_of
from promontory.promotion.withdrawing import withdraw as withdraw_core
from tasks.running import core, step
from tasks.superseding import tell_overtaken

CANCELLED = "the run that waited for it was cancelled"


@step("news-{hop.environment}")
async def news(hop: Hop) -> PullRequestState:
    """What became of the pull request while nobody looked."""
    return await core(news_core, hop)


@step("propose-{hop.environment}")
async def propose(hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: tuple[SuiteResult, ...]) -> bool:
    """False where what it overtook was merged in that very moment: it has to be planned on top of that."""
    await core(propose_core, hop, plan, gates, suites)
    await core(open_pull_request, hop, plan, gates, suites)
    await tell_overtaken(hop)
    return not await core(is_outdated, hop)


@step("merge-{hop.environment}")
async def merge(hop: Hop, plan: Plan) -> PullRequestState:
    """One look at it, and what is to be done now."""
    state = await core(settle, hop, plan)
    if state.status == "merged":
        await tell_overtaken(hop)
    return state


@step("outdated-{hop.environment}")
async def outdated(hop: Hop) -> bool:
    """Whether its open pull request has to be made anew, on top of what it had overtaken."""
    return await core(is_outdated, hop)


@step("withdraw-{hop.environment}")
async def withdraw(hop: Hop, reason: str) -> None:
    """Close its own pull request, where one is open."""
    proposal = await core(open_proposal, hop)
    if proposal:
        await core(withdraw_core, proposal, reason)


@step("withdraw-cancelled")
async def withdraw_cancelled() -> None:
    """End what was proposed by runs that were cancelled while they waited: Prefect runs no hook of theirs then."""
    waits = (*await core(open_proposals), *await core(queued))
    for run in dict.fromkeys(entry.run for entry in waits if entry.run):
        if await is_cancelled(run):
            await withdraw_run(run)


async def is_cancelled(run: str) -> bool:
    """As far as this Prefect server knows the run; another one's are their own business."""
    found = await known_run(run)
    return found is not None and found.state is not None and found.state.is_cancelled()


async def known_run(run: str) -> FlowRun | None:
    """None where this Prefect server does not know it."""
    async with get_client() as client:
        try:
            return await client.read_flow_run(UUID(run))
        except (ObjectNotFound, ValueError):
            return None


async def withdraw_run(run: str) -> None:
    """End what a flow run that was cancelled has proposed, and give up its places in queues."""
    await core(withdraw_all_of, run, CANCELLED)
    await core(leave, run, CANCELLED)

"""Ask for an approval, record an answer, and say where the request stands."""

from __future__ import annotations

import asyncio

from promontory.approvals import ApprovalState
from promontory.approvals.refusing import Decision
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.approving import answer as answer_core
from promontory.promotion.approving import approval_state, request_approval
from promontory.promotion.values import Hop
from promontory.promotion.workspace import acting_as
from tasks.running import WORKSPACE, core, step


@step("request-{hop.environment}")
async def request(hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: tuple[SuiteResult, ...]) -> ApprovalState:
    return await core(request_approval, hop, plan, gates, suites)


@step("approve-{hop.environment}")
async def approve(hop: Hop, plan: Plan) -> ApprovalState:
    """Judge the answers that the ledger holds by now, whatever way they came."""
    return await core(approval_state, hop, plan)


@step("answer-{hop.environment}")
async def answer(hop: Hop, decision: Decision, by: str, note: str, proof: str) -> None:
    person = acting_as(WORKSPACE.get(), by)
    await asyncio.to_thread(answer_core, person, hop.promotion, decision, note, proof)

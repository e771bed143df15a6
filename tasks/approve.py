"""Ask for an approval, record an answer, and say where the request stands."""

from __future__ import annotations

import asyncio
from typing import Literal

from promontory.approvals import ApprovalState
from promontory.approvals.refusing import Decision
from promontory.change import Value
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.approving import answer as answer_core
from promontory.promotion.approving import approval_state, request_approval
from promontory.promotion.requests import find_request
from promontory.promotion.reviews import heed_reviews
from promontory.promotion.signing import Signed
from promontory.promotion.values import Hop
from promontory.promotion.waiting import waiting_request
from promontory.promotion.workspace import Workspace, acting_as
from tasks.running import WORKSPACE, core, step
from tasks.superseding import tell_overtaken

API = "http api"


@step("request-{hop.environment}")
async def request(hop: Hop, plan: Plan, gates: tuple[GateState, ...], suites: tuple[SuiteResult, ...]) -> ApprovalState:
    state = await core(request_approval, hop, plan, gates, suites)
    await tell_overtaken(hop)
    return state


@step("approve-{hop.environment}")
async def approve(hop: Hop, plan: Plan) -> ApprovalState:
    """Judge the answers that the ledger holds by now, whatever way they came."""
    return await core(approval_state, hop, plan)


@step("reviews-{hop.environment}")
async def reviews(hop: Hop) -> bool:
    """Heed what approvers said on the forge; whether the pull request is still open there."""
    return await core(heed_reviews, hop.place, hop.promotion)


@step("answer-{hop.environment}")
async def answer(hop: Hop, decision: Decision, by: str, note: str, proof: str, digest: str) -> None:
    person = acting_as(WORKSPACE.get(), by)
    await asyncio.to_thread(answer_core, person, hop.promotion, decision, note, proof, digest)


@step("replayed-{hop.environment}")
async def is_recorded(hop: Hop, decision: Decision, by: str, proof: str, digest: str) -> bool:
    """Whether this run has recorded just that answer already, before it was started anew."""

    def look(workspace: Workspace) -> bool:
        entries = workspace.record(hop.place).of(hop.promotion)
        said = (decision, by, proof, digest, workspace.actor.run)
        return any((entry.kind, entry.by, entry.proof, entry.digest, entry.run) == said for entry in entries)

    return await core(look)


class Given(Value):
    """An answer that was recorded; ``run`` is the flow run that asked, ``state`` where the request stands now."""

    kind: str
    application: str
    environment: str
    release: str
    promotion: str
    by: str
    run: str | None
    state: str


@step("answer")
async def answer_by_api(
    promotion: str, decision: Literal["approve", "reject"], reason: str, digest: str, signature: str
) -> Given:
    """Record what somebody said who has access to Prefect's API, in the name of the run's actor."""
    return await core(_answer_by_api, promotion, decision, reason, digest, signature)


def _answer_by_api(
    workspace: Workspace, promotion: str, decision: str, reason: str, digest: str, signature: str
) -> Given:
    said: Decision = "approved" if decision == "approve" else "rejected"
    request = find_request(workspace, promotion)
    proof = Signed(API, signature) if signature else API
    entry = answer_core(workspace, request.promotion, said, reason, proof, digest or None)
    stands = waiting_request(workspace, request)
    return Given(
        kind=entry.kind,
        application=entry.application,
        environment=entry.environment,
        release=entry.release,
        promotion=entry.promotion,
        by=entry.by,
        run=request.run,
        state=stands.state,
    )

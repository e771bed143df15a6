"""Waiting for a word: a deployed run suspends and holds no process; a run in a terminal asks there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from prefect.flow_runs import asuspend_flow_run
from prefect.runtime import deployment

from flows.forms import Approval
from flows.ready import Ready, Waiting
from flows.running import ended
from flows.waiting import Later
from flows.waves import WAVE
from promontory.approvals import ApprovalState
from promontory.approvals.refusing import Decision
from promontory.errors import NotAllowed
from promontory.model import Plan
from promontory.promotion.approving import approval_state
from promontory.promotion.reports import approval_report
from promontory.promotion.values import HopOutcome
from tasks.approve import answer, approve, request
from tasks.running import core


@dataclass(frozen=True)
class Answer:
    """Somebody's word; ``proof`` says which way it came."""

    decision: Decision
    by: str
    note: str = ""
    proof: str = "terminal"


class Elsewhere:
    """The request moved on without us: somebody answered another way, so look again."""


Look = Callable[[], Awaitable[ApprovalState]]
Asker = Callable[[Ready, ApprovalState, Look], Awaitable[Answer | Elsewhere | None]]
# How to ask where the flow does not run from a deployment; None: nobody answers now.
ASK_HERE: ContextVar[Asker | None] = ContextVar("ask_here", default=None)


async def approval_of(ready: Ready) -> Ready | Waiting | HopOutcome:
    """Wait until ``ready`` is approved, or say how it ended. A deployed run suspends in here.

    `Waiting` where it cannot, because another hop of its wave has to be looked at before somebody answers.
    """
    if ready.plan is None:
        return ready
    hop, plan = ready.hop, ready.plan
    state = await request(hop, plan, ready.gates, ready.suites)
    round_number = 1
    notice = ""
    while state.status == "waiting":
        async with WAVE.get().together.question() as may_suspend:
            if not may_suspend:
                return await _asked_elsewhere(ready, state)
            given = await _ask(ready, plan, state, round_number, notice)
        if given is None:
            remedy = f"promontory approve {hop.promotion}, then promote again"
            return ended(hop, "waiting", f"{state.reason} ({hop.promotion})", remedy=remedy)
        notice = await _record(ready, given) if isinstance(given, Answer) else ""
        state = await approve(hop, plan)
        round_number += 1
    if state.status == "granted":
        return ready
    return ended(hop, "expired" if state.status == "expired" else "rejected", state.reason)


async def _asked_elsewhere(ready: Ready, state: ApprovalState) -> Waiting:
    hop, remedy = ready.hop, f"promontory approve {ready.hop.promotion}"
    asked = await core(lambda workspace: workspace.record(hop.place).request(hop.release))
    since = asked.at if asked else datetime.now(UTC)
    return Waiting(ready, Later(f"{state.reason} ({remedy})", since), remedy, anew=True)


async def _ask(
    ready: Ready, plan: Plan, state: ApprovalState, round_number: int, notice: str
) -> Answer | Elsewhere | None:
    hop = ready.hop
    if deployment.get_id() is None:
        asker = ASK_HERE.get()
        return await asker(ready, state, partial(core, approval_state, hop, plan)) if asker else None
    # Prefect answers a key once and for all: a new promotion, a new plan or a new round must be a new question.
    key = f"approve-{hop.environment}-{hop.promotion}-{plan.digest[7:15]}-{round_number}"
    description = approval_report(plan, ready.gates, state.reason, notice, ready.suites)
    form = Approval.with_initial_data(description=description)
    filled = await asuspend_flow_run(wait_for_input=form, key=key, timeout=None)
    if filled.look:
        return Elsewhere()
    decision: Decision = "approved" if filled.decision == "approve" else "rejected"
    return Answer(decision, " ".join(filled.name.split()), filled.note, "prefect form")


async def _record(ready: Ready, given: Answer) -> str:
    """Record an answer; a reason to ask again where it cannot count."""
    if not given.by:
        return "An answer needs a name."
    try:
        await answer(ready.hop, given.decision, given.by, given.note, given.proof)
    except NotAllowed as error:
        return error.message
    return ""

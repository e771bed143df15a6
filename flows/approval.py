"""Waiting for a word: a deployed run suspends and holds no process; a run in a terminal asks there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prefect.runtime import deployment

from flows.question import Question
from flows.ready import Ready, Waiting
from flows.running import ended
from flows.waiting import Later, delay
from flows.waves import WAVE
from promontory.approvals import ApprovalState, lapsed_notice
from promontory.approvals.refusing import Decision
from promontory.errors import NotAllowed, UsageError
from promontory.model import Plan
from promontory.promotion.approving import approval_state
from promontory.promotion.breaking_glass import about_to_break
from promontory.promotion.judging import rule_for, told_of_request
from promontory.promotion.reports import approval_report
from promontory.promotion.reviews import heed_reviews
from promontory.promotion.values import Hop, HopOutcome
from promontory.settings import read_settings
from tasks.approve import answer, approve, is_recorded, request, reviews
from tasks.running import WORKSPACE, core


@dataclass(frozen=True)
class Answer:
    """Somebody's word; ``proof`` says which way it came."""

    decision: Decision
    by: str
    note: str = ""
    proof: str = "terminal"


class Elsewhere:
    """The request moved on without us: somebody answered another way, so look again."""


# None: there is nothing to ask any more.
Look = Callable[[], Awaitable[ApprovalState | None]]
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
    notice = lapsed_notice(state.lapsed)
    heard: set[tuple[Decision, str]] = set()
    while state.status == "waiting":
        if ready.by_request and not await reviews(hop):
            return ready  # merged or closed there: the delivery finds out which
        if ready.by_request and (state := await approve(hop, plan)).status != "waiting":
            break
        async with WAVE.get().together.question() as may_suspend:
            if not may_suspend:
                return await _asked_elsewhere(ready, state)
            given = await _ask(ready, plan, state, round_number, notice)
        if given is None:
            remedy = f"{_command(hop)}, then promote again"
            return ended(hop, "waiting", _naming(state, hop.promotion), remedy=remedy)
        notice = await _record(ready, plan, given, heard) if isinstance(given, Answer) else ""
        state = await approve(hop, plan)
        round_number += 1
    if state.status == "granted":
        return ready
    return ended(hop, "expired" if state.status == "expired" else "rejected", state.reason)


async def _asked_elsewhere(ready: Ready, state: ApprovalState) -> Waiting:
    hop, remedy = ready.hop, _command(ready.hop)
    asked = await core(lambda workspace: workspace.record(hop.place).request(hop.release))
    since = asked.at if asked else datetime.now(UTC)
    return Waiting(ready, Later(_naming(state, remedy), since), remedy, anew=True)


def _command(hop: Hop) -> str:
    """What an approver types."""
    rule = rule_for(WORKSPACE.get(), hop.environment)
    return f"promontory approve {hop.promotion}{' --sign' if rule and rule.signed else ''}"


def _naming(state: ApprovalState, what: str) -> str:
    """The reason why it waits, with ``what`` behind it where it does not say that already."""
    return state.reason if what in state.reason else f"{state.reason} ({what})"


async def _ask(
    ready: Ready, plan: Plan, state: ApprovalState, round_number: int, notice: str
) -> Answer | Elsewhere | None:
    if deployment.get_id() is None:
        asker = ASK_HERE.get()
        return await asker(ready, state, Meanwhile(ready, plan)) if asker else None
    glass = ready.hop.break_glass
    warning = about_to_break(glass, [gate for gate in ready.gates if not gate.open]) if glass else ""
    asked = await core(told_of_request, ready.hop.place, ready.hop.promotion, plan.digest)
    notices = [each for each in (notice, warning) if each]
    description = approval_report(plan, ready.gates, state.reason, notices, ready.suites, asked)
    filled = await Question(ready.hop, plan, state, round_number).ask(description)
    decision: Decision = "approved" if filled.decision == "approve" else "rejected"
    return Answer(decision, " ".join(filled.name.split()), filled.note, "prefect form")


async def _record(ready: Ready, plan: Plan, given: Answer, heard: set[tuple[Decision, str]]) -> str:
    """Record an answer; a reason to ask again where it cannot count.

    A run that is started anew hears the answers that Prefect has kept once more: those it has recorded are no second
    ones. ``heard`` are those of this start.
    """
    said = (given.decision, given.by)
    again = said in heard
    heard.add(said)
    try:
        await answer(ready.hop, *said, given.note, given.proof, plan.digest)
    except (NotAllowed, UsageError) as error:
        known = not again and await is_recorded(ready.hop, *said, given.proof, plan.digest)
        return "" if known else f"{error.message}: {error.remedy}"
    return ""


@dataclass
class Meanwhile:
    """What becomes of a request while somebody is asked in a terminal: None once there is nothing to ask any more.

    The ledger is looked into each time, the forge less and less often.
    """

    ready: Ready
    plan: Plan
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    next_look: datetime | None = None

    async def __call__(self) -> ApprovalState | None:
        hop, now = self.ready.hop, datetime.now(UTC)
        if self.ready.by_request and now >= (self.next_look or now):
            seconds = delay(Later("", self.began), now, read_settings().poll_interval)
            self.next_look = now + timedelta(seconds=seconds)
            if not await core(heed_reviews, hop.place, hop.promotion):
                return None
        return await core(approval_state, hop, self.plan)

"""Waiting for a word: a deployed run suspends and holds no process; a run in a terminal asks there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prefect.runtime import deployment

from flows.forms import Approval
from flows.question import Question
from flows.ready import Ready
from flows.running import ended
from flows.waiting import Later, delay, gives_itself_up
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
from promontory.promotion.workspace import Workspace
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


async def approval_of(ready: Ready) -> Ready | HopOutcome:
    """Wait until ``ready`` is approved, or say how it ended. A deployed run suspends in here."""
    if ready.plan is None:
        return ready
    hop, plan = ready.hop, ready.plan
    state = await request(hop, plan, ready.gates, ready.suites)
    notice, heard = lapsed_notice(state.lapsed), set[tuple[Decision, str]]()
    for given in await _given_in_forms(hop, plan, state):
        if state.status != "waiting":
            break
        notice = await _record(ready, plan, given, heard)
        state = await approve(hop, plan)
    while state.status == "waiting":
        if ready.by_request and not await reviews(hop):
            return ready  # merged or closed there: the delivery finds out which
        if ready.by_request and (state := await approve(hop, plan)).status != "waiting":
            break
        answered = await _ask(ready, plan, state, notice)
        if answered is None:
            remedy = f"{_command(hop)}, then promote again"
            return ended(hop, "waiting", _naming(state, hop.promotion), remedy=remedy)
        if WAVE.get().failed:
            return ready  # it goes back before it was pushed
        notice = await _record(ready, plan, answered, heard) if isinstance(answered, Answer) else notice
        state = await approve(hop, plan)
    if state.status == "granted":
        return ready
    return ended(hop, "expired" if state.status == "expired" else "rejected", state.reason)


async def _given_in_forms(hop: Hop, plan: Plan, state: ApprovalState) -> list[Answer]:
    """What the run was answered while it was suspended; read before anything else of it is waited for."""
    if state.status != "waiting" or not gives_itself_up():
        return []
    return [_answer(filled) for filled in await Question(hop, plan, state).answers()]


def _answer(filled: Approval) -> Answer:
    decision: Decision = "approved" if filled.decision == "approve" else "rejected"
    return Answer(decision, " ".join(filled.name.split()), filled.note, "prefect form")


def _command(hop: Hop) -> str:
    """What an approver types."""
    rule = rule_for(WORKSPACE.get(), hop.environment)
    return f"promontory approve {hop.promotion}{' --sign' if rule and rule.signed else ''}"


def _naming(state: ApprovalState, what: str) -> str:
    """The reason why it waits, with ``what`` behind it where it does not say that already."""
    return state.reason if what in state.reason else f"{state.reason} ({what})"


async def _ask(ready: Ready, plan: Plan, state: ApprovalState, notice: str) -> Answer | Elsewhere | None:
    together = WAVE.get().together
    if deployment.get_id() is None:
        if not (asker := ASK_HERE.get()):
            return None
        async with together.one_question:
            return await asker(ready, state, Meanwhile(ready, plan))
    question = Question(ready.hop, plan, state, await _shown(ready, plan, state, notice))
    since = await core(_asked_at, ready.hop)
    later = Later(_naming(state, _command(ready.hop)), since, has_come=question.has_moved_on)
    return Elsewhere() if await together.rest(later, WAVE.get().stop, question) else None


async def _shown(ready: Ready, plan: Plan, state: ApprovalState, notice: str) -> str:
    """What an approver sees above the form."""
    glass = ready.hop.break_glass
    warning = about_to_break(glass, [gate for gate in ready.gates if not gate.open]) if glass else ""
    asked = await core(told_of_request, ready.hop.place, ready.hop.promotion, plan.digest)
    notices = [each for each in (notice, warning) if each]
    return approval_report(plan, ready.gates, state.reason, notices, ready.suites, asked)


def _asked_at(workspace: Workspace, hop: Hop) -> datetime:
    asked = workspace.record(hop.place).request(hop.release)
    return asked.at if asked else workspace.clock.now()


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

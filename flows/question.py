"""The questions that suspend a deployed run: one form in the Prefect UI, asked until somebody has filled it in.

A run has one suspended state, and that has one form. So all questions of a run stand in the same form; an answer says
which one it is for, and is read as soon as the run is up again, whatever else of it is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRunInput
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.flow_runs import asuspend_flow_run
from prefect.runtime import flow_run
from pydantic import ValidationError

from flows.forms import ALL, Approval, approval_form
from flows.waiting import Later, any_has_come, next_look
from promontory.approvals import ApprovalState
from promontory.model import Plan
from promontory.promotion.approving import approval_state
from promontory.promotion.values import Hop
from tasks.attending import attend_later, wake_later
from tasks.running import core
from tasks.waking import wake

log = logging.getLogger("promontory")
_RESPONSE = "-response"
_MOST_INPUTS = 200


@dataclass(frozen=True)
class Question:
    """``state`` is where the request stands while it is asked, ``description`` what the approver is shown."""

    hop: Hop
    plan: Plan
    state: ApprovalState
    description: str = ""

    @property
    def label(self) -> str:
        """A new promotion, or another plan, is a new question."""
        return f"{self.hop.environment}-{self.hop.promotion}-{self.plan.digest[7:15]}"

    async def answers(self) -> list[Approval]:
        """What the forms that asked it were filled in with, in order. Who only woke the run has answered nothing."""
        async with get_client() as client:
            found = [each for each in await _inputs(client) if self._is_answered_in(each.key)]
        filled = [_filled(each.value) for each in found]
        return [each for each in filled if each and not each.look and each.environment in self._addressed]

    async def has_moved_on(self) -> bool:
        """Whether somebody has answered it in another way since."""
        return await core(approval_state, self.hop, self.plan) != self.state

    def _is_answered_in(self, key: str) -> bool:
        return key.endswith(_RESPONSE) and f"-{self.label}-" in key

    @property
    def _addressed(self) -> tuple[str, ...]:
        """A form that asked nothing else did not ask for the environment."""
        return ("", ALL, self.hop.environment)


async def suspend(questions: Sequence[Question], waits: Sequence[Later]) -> None:
    """Suspend the run until somebody answers one of ``questions``, or it is time to look at one of ``waits`` again.

    Comes back only where nobody would wake the run for ``waits``: no clock wakes a run that is suspended.
    """
    run, first = str(flow_run.get_id()), questions[0].hop
    for question in questions:
        await attend_later(question.hop.promotion, question.plan.digest, run)
    key = _key(questions)
    if waits and not await wake_later(next_look(waits), first.promotion, run, key):
        return
    await _forget_forms()
    form = approval_form([each.hop.environment for each in questions], _description(questions, waits))
    try:
        await asuspend_flow_run(wait_for_input=form, key=key, timeout=None)
    except Pause:
        await _look_once_more(questions, waits)
        raise


def _description(questions: Sequence[Question], waits: Sequence[Later]) -> str:
    several = f"{len(questions)} environments wait for an answer: say for which one yours is.\n\n"
    meanwhile = "".join(f"\n\nMeanwhile it waits for something else, too: {wait.reason}" for wait in waits)
    parts = "\n\n---\n\n".join(each.description for each in questions)
    return f"{several if len(questions) > 1 else ''}{parts}{meanwhile}"


def _key(questions: Sequence[Question]) -> str:
    """Prefect answers a key once and for all, so each form has another one; it names what is asked in it."""
    fired = _fired()
    return f"approve-{'-'.join(each.label for each in questions)}-{len(fired) + 1}"


def _fired() -> set[str]:
    """The keys of the forms that this run has had, as of the start of its process: it ends with the next one."""
    context = FlowRunContext.get()
    known = context.flow_run.empirical_policy.pause_keys if context and context.flow_run else None
    return set(known or ())


def _run() -> UUID:
    return UUID(str(flow_run.get_id()))


def _filled(value: str) -> Approval | None:
    """The server has held it to what the form shows, and to no more."""
    try:
        return Approval.model_validate_json(value)
    except ValidationError:
        return None


async def _look_once_more(questions: Sequence[Question], waits: Sequence[Later]) -> None:
    """Who came between our last look and the suspension has found us running, and woken nobody."""
    if any([await each.has_moved_on() for each in questions]) or await any_has_come(waits):
        async with get_client() as client:
            await wake(client, str(flow_run.get_id()))


async def _forget_forms() -> None:
    """A run that is woken often would leave as many copies of its forms with the server; answers stay."""
    try:
        async with get_client() as client:
            for each in await _inputs(client):
                filled = _filled(each.value) if each.key.endswith(_RESPONSE) else None
                if filled is None or filled.look:
                    await client.delete_flow_run_input(_run(), each.key)
    except HTTPError as error:
        log.debug("forms that are not asked any more are left with the server: %s", error)


async def _inputs(client: PrefectClient) -> list[FlowRunInput]:
    return await client.filter_flow_run_input(_run(), "suspended-approve-", _MOST_INPUTS, set())

"""One hop of a promotion: prepare it (test, plan, gates), then deliver it (push, verify, or revert)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from prefect.runtime import flow_run

from flows.ready import Again, Ready, Waiting, carried, merged_elsewhere, state_of, through_request
from flows.running import ended, outcome_of
from flows.taking_back import confirm_revert, go_back, take_back
from flows.waiting import Later
from flows.waves import WAVE
from promontory.clock import moment
from promontory.entry import Entry
from promontory.errors import PlanChanged
from promontory.health import Verdict
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.planning import GateClosed, closed, open_by_themselves
from promontory.promotion.values import Hop, HopOutcome, PullRequestState, Soaking, Status
from promontory.release import shown
from tasks.concurrency import turn_of
from tasks.next_in_line import has_come
from tasks.plan import plan
from tasks.propose import merge, news, outdated, propose, withdraw
from tasks.push import adopt, push, skip
from tasks.running import WORKSPACE
from tasks.statuses import show_status
from tasks.suites import test
from tasks.verify import STOPPED, verify
from tasks.wait import wait_at_gates

log = logging.getLogger("promontory")
# Whoever ends what it waits for wakes it: then looks may be rare. (Shortly before one, its process has been started.)
_UNLESS_WOKEN = 60.0
Course = Callable[[Hop], Awaitable[HopOutcome | Waiting | Again]]


async def prepare(hop: Hop) -> Ready | Waiting | HopOutcome | Again:
    """Plan and ask the gates, run the suites (which may take long), open the pull request if there is to be one.

    An outcome where the hop ends here; `Waiting` where gates are closed and open by themselves.
    """
    if hop.step == "skip":
        return await _skipped(hop)
    if hop.step != "promote":
        return Ready(hop)
    if not through_request(hop):
        return await _prepare_change(hop)
    known = await news(hop)
    if known.status not in ("none", "open"):
        return concluded_request(hop, known)
    return await _prepare_change(hop, proposed=known.status == "open")


async def _prepare_change(hop: Hop, *, proposed: bool = False) -> Ready | Waiting | HopOutcome | Again:
    """``proposed``: its pull request is open, and is looked at whatever the gates say; it is not merged before."""
    planned, gates = await plan(hop)
    if planned.nothing_to_do:
        return Ready(hop)
    shut = () if hop.break_glass else closed(gates)
    if shut and not open_by_themselves(shut):
        return ended(hop, "closed", "; ".join(gate.reason for gate in shut), remedy=shut[0].remedy)
    if shut and not proposed:
        return await _at_gates(hop, planned, shut)
    suites = hop.suites or ()
    if hop.suites is None and WORKSPACE.get().suites(hop.environment):
        state = await state_of(test, hop)
        suites = await carried(state)
        if state.is_failed():
            return ended(hop, "tests-failed", state.message or "")
    if through_request(hop) and not await propose(hop, planned, gates, suites):
        return Again(_tested(hop, suites))
    return Ready(hop, planned, gates, suites)


async def deliver(ready: Ready) -> HopOutcome | Waiting | Again:
    """Push or merge, verify, and take it back where it does not become healthy; one at a time into each place.

    What only goes back waits for nobody, nor does what is there already and to be verified.
    """
    hop = ready.hop
    if hop.step == "verify-revert" and hop.entry:
        return await confirm_revert(hop, hop.entry, hop.entry.reason)
    if hop.step == "revert" and hop.entry:
        return await go_back(hop, hop.entry)
    async with turn_of(hop, must_wait=hop.entry is None and not merged_elsewhere(ready)) as waited:
        try:
            return await _deliver(ready)
        except PlanChanged:
            if not (await outdated(hop) if ready.by_request else waited):
                raise
    return Again(_tested(hop, ready.suites))


async def _deliver(ready: Ready) -> HopOutcome | Waiting:
    hop = ready.hop
    if WAVE.get().failed and hop.step == "promote" and hop.entry is None:
        return await left_out(hop)
    if ready.by_request and ready.plan and hop.entry is None:
        state = await merge(hop, ready.plan)
        if state.status == "open":
            since = state.since or datetime.now(UTC)
            later = Later(state.reason, since, state.retry_after, no_later_than=state.opens)
            return Waiting(ready, later, "merge it or close it there; promote again to go on")
        ended_or_merged = concluded_request(hop, state)
        return await _deliver(ended_or_merged) if isinstance(ended_or_merged, Ready) else ended_or_merged
    pushed = hop.entry or await _pushed(ready)
    return await verified(hop, pushed) if isinstance(pushed, Entry) else pushed


def concluded_request(hop: Hop, state: PullRequestState) -> Ready | HopOutcome:
    """What a pull request that is over means: merged, its release is left to be verified."""
    if state.status == "merged" and state.entry:
        return Ready(hop.model_copy(update={"entry": state.entry}))
    statuses: dict[str, Status] = {"replaced": "skipped", "expired": "expired"}
    return ended(hop, statuses.get(state.status, "rejected"), state.reason)


async def merged_all_the_same(hop: Hop) -> HopOutcome | Waiting | Again | None:
    """Its request was merged in the moment in which it was over: what is there is verified. None where it was not."""
    known = await news(hop)
    if known.status not in ("merged", "replaced"):
        return None
    concluded = concluded_request(hop, known)
    return await deliver(concluded) if isinstance(concluded, Ready) else concluded


async def left_out(hop: Hop) -> HopOutcome:
    """Its wave goes back before it was pushed."""
    why = WAVE.get().why
    if through_request(hop):
        await withdraw(hop, why)
    return ended(hop, "stopped", why)


async def verified(hop: Hop, entry: Entry) -> HopOutcome | Waiting:
    """Watch what was pushed, and take it back where it does not become, and stay, healthy."""
    commit, release = entry.commit, shown(hop.release)
    show_status(hop, entry, "pending", f"{release} is in {hop.environment}, to be verified")
    state = await state_of(verify, hop, entry)
    if state.name == STOPPED:
        return await take_back(hop, entry, WAVE.get().why)
    verdict: Verdict | Soaking | None = await carried(state)
    if isinstance(verdict, Soaking):
        return _soaking(hop, entry, verdict)
    if verdict is None:
        show_status(hop, entry, "success", f"{release} is in {hop.environment}, not verified")
        return ended(hop, "deployed", commit=commit)
    if verdict.healthy:
        show_status(hop, entry, "success", f"{release} is healthy in {hop.environment}")
        return ended(hop, "verified", commit=commit)
    show_status(hop, entry, "failure", f"{release} in {hop.environment}: {'; '.join(verdict.reasons)}")
    why = "; ".join(verdict.reasons)
    await WAVE.get().fail(hop, entry, why)
    return await take_back(hop, entry, why)


def _soaking(hop: Hop, entry: Entry, soaking: Soaking) -> Waiting:
    reason = f"{shown(hop.release)} is healthy in {hop.environment}, and is watched until {moment(soaking.until)}"
    show_status(hop, entry, "pending", reason)
    later = Later(reason, soaking.since, no_later_than=soaking.until)
    ready = Ready(hop.model_copy(update={"entry": entry, "step": "verify"}))
    return Waiting(ready, later, "promote again to go on watching")


async def until_over(hop: Hop, course: Course) -> HopOutcome:
    """Go ``course``, and look again at what has to wait until it is over; a deployed run starts anew for that.

    What waits in a wave that goes back is ended at once.
    """
    wave, hurried, told = WAVE.get(), False, ""
    came = await outcome_of(hop, course(hop))
    while not isinstance(came, HopOutcome):
        if isinstance(came, Again):
            came = await outcome_of(came.hop, course(came.hop))
            continue
        if came.anew and came.later.reason != told:
            log.info("wait-%s: %s", hop.environment, told := came.later.reason)
        if not await wave.together.rest(came.later, None if hurried else wave.stop):
            return ended(came.ready.hop, came.status, came.later.reason, remedy=came.remedy)
        hurried = wave.failed
        again = course(came.ready.hop) if came.anew else deliver(came.ready)
        came = await outcome_of(came.ready.hop, again)
    return came


async def _at_gates(
    hop: Hop, plan: Plan, shut: Sequence[GateState], suites: tuple[SuiteResult, ...] = ()
) -> Waiting | HopOutcome:
    """Its gates open by themselves: then everything is asked anew, and only the suites need not run twice."""
    waits = await wait_at_gates(hop, plan, shut, suites)
    if waits.refused:
        return ended(hop, waits.refused, waits.reason)
    later = Later(waits.reason, waits.since, not_before=waits.until)
    if waits.for_others:
        later = replace(later, at_least=_UNLESS_WOKEN, has_come=partial(has_come, hop))
    return Waiting(Ready(_tested(hop, suites)), later, "promote again then, or with --wait", anew=True)


def _tested(hop: Hop, suites: tuple[SuiteResult, ...]) -> Hop:
    return hop.model_copy(update={"suites": suites}) if suites else hop


async def _pushed(ready: Ready) -> Entry | Waiting | HopOutcome:
    if ready.plan is None:
        return await adopt(ready.hop)
    try:
        return await push(ready.hop, ready.plan, ready.suites)
    except GateClosed as error:
        if not open_by_themselves(error.gates):
            raise
        return await _at_gates(ready.hop, ready.plan, error.gates, ready.suites)


async def _skipped(hop: Hop) -> HopOutcome:
    """What this very run brought here before it was suspended counts as done, not as skipped."""
    if hop.entry and hop.entry.run == str(flow_run.get_id()):
        return ended(hop, "verified" if hop.entry.kind == "verdict" else "deployed", hop.reason)
    await skip(hop)
    return ended(hop, "skipped", hop.reason)

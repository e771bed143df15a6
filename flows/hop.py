"""One hop of a promotion: prepare it (test, plan, gates), then deliver it (push, verify, or revert)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from prefect.runtime import flow_run

from flows.ready import Ready, Waiting, carried, state_of, through_request
from flows.running import ended, outcome_of
from flows.taking_back import confirm_revert, go_back, take_back
from flows.waiting import Later, rest
from flows.waves import WAVE
from promontory.clock import moment
from promontory.entry import Entry
from promontory.health import Verdict
from promontory.promotion.planning import closed
from promontory.promotion.values import Hop, HopOutcome, PullRequestState, Soaking, Status
from promontory.release import shown
from tasks.plan import plan
from tasks.propose import merge, news, propose, withdraw
from tasks.push import adopt, push, skip
from tasks.running import WORKSPACE
from tasks.statuses import show_status
from tasks.suites import test
from tasks.verify import STOPPED, verify


async def prepare(hop: Hop) -> Ready | HopOutcome:
    """Plan and ask the gates, run the suites (which may take long), open the pull request if there is to be one.

    An outcome where the hop ends here.
    """
    if hop.step == "skip":
        return await _skipped(hop)
    if hop.step != "promote":
        return Ready(hop)
    if through_request(hop):
        known = await news(hop)
        if known.status not in ("none", "open"):
            return concluded_request(hop, known)
    return await _prepare_change(hop)


async def _prepare_change(hop: Hop) -> Ready | HopOutcome:
    planned, gates = await plan(hop)
    if planned.nothing_to_do:
        return Ready(hop)
    if shut := closed(gates):
        return ended(hop, "closed", "; ".join(gate.reason for gate in shut), remedy=shut[0].remedy)
    suites = hop.suites or ()
    if hop.suites is None and WORKSPACE.get().suites(hop.environment):
        state = await state_of(test, hop)
        suites = await carried(state)
        if state.is_failed():
            return ended(hop, "tests-failed", state.message or "")
    if through_request(hop):
        await propose(hop, planned, gates, suites)
    return Ready(hop, planned, gates, suites)


async def deliver(ready: Ready) -> HopOutcome | Waiting:
    """Push or merge, verify, and take it back where it does not become healthy."""
    hop = ready.hop
    if hop.step == "verify-revert" and hop.entry:
        return await confirm_revert(hop, hop.entry, hop.entry.reason)
    if hop.step == "revert" and hop.entry:
        return await go_back(hop, hop.entry)
    if WAVE.get().failed and hop.step == "promote" and hop.entry is None:
        return await left_out(hop)
    if ready.by_request and ready.plan and hop.entry is None:
        state = await merge(hop, ready.plan)
        if state.status == "open":
            since = state.since or datetime.now(UTC)
            later = Later(state.reason, since, state.retry_after)
            return Waiting(ready, later, "merge it or close it there; promote again to go on")
        ended_or_merged = concluded_request(hop, state)
        return await deliver(ended_or_merged) if isinstance(ended_or_merged, Ready) else ended_or_merged
    return await verified(hop, hop.entry or await _push(ready))


def concluded_request(hop: Hop, state: PullRequestState) -> Ready | HopOutcome:
    """What a pull request that is over means: merged, its release is left to be verified."""
    if state.status == "merged" and state.entry:
        return Ready(hop.model_copy(update={"entry": state.entry}))
    statuses: dict[str, Status] = {"replaced": "skipped", "expired": "expired"}
    return ended(hop, statuses.get(state.status, "rejected"), state.reason)


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


async def concluded(waiting: Sequence[Waiting]) -> list[HopOutcome]:
    """Look at open pull requests and soaking releases until they are over; a deployed run starts anew for each look."""
    outcomes: list[HopOutcome] = []
    hurried = False
    while waiting:
        hurry = WAVE.get().failed and not hurried  # what waits in a wave that goes back is ended at once
        hurried = hurried or hurry
        if not hurry and not await rest([each.later for each in waiting]):
            unfinished = (ended(each.ready.hop, each.status, each.later.reason, remedy=each.remedy) for each in waiting)
            return [*outcomes, *unfinished]
        looked = await asyncio.gather(*(outcome_of(each.ready.hop, deliver(each.ready)) for each in waiting))
        outcomes += [each for each in looked if isinstance(each, HopOutcome)]
        waiting = [each for each in looked if isinstance(each, Waiting)]
    return outcomes


async def _push(ready: Ready) -> Entry:
    if ready.plan is None:
        return await adopt(ready.hop)
    return await push(ready.hop, ready.plan, ready.suites)


async def _skipped(hop: Hop) -> HopOutcome:
    """What this very run brought here before it was suspended counts as done, not as skipped."""
    if hop.entry and hop.entry.run == str(flow_run.get_id()):
        return ended(hop, "verified" if hop.entry.kind == "verdict" else "deployed", hop.reason)
    await skip(hop)
    return ended(hop, "skipped", hop.reason)

"""One hop of a promotion: prepare it (test, plan, gates), then deliver it (push, verify, or revert)."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from prefect import Flow, State, Task
from prefect.runtime import flow_run

from flows.running import ended
from flows.waiting import Later
from promontory.clock import moment
from promontory.errors import PromontoryError
from promontory.model import GateState, Plan, SuiteResult, Verdict
from promontory.promotion.planning import closed
from promontory.promotion.values import Hop, HopOutcome, PullRequestState, Soaking, Status
from promontory.record import Entry
from promontory.release import shown
from tasks.plan import plan
from tasks.propose import merge, news, propose
from tasks.push import adopt, push, skip
from tasks.revert import revert
from tasks.running import WORKSPACE
from tasks.statuses import show_status
from tasks.suites import test
from tasks.verify import verify


@dataclass(frozen=True)
class Ready:
    """A hop that may be delivered once it is approved; without a plan only its verification is left."""

    hop: Hop
    plan: Plan | None = None
    gates: tuple[GateState, ...] = ()
    suites: tuple[SuiteResult, ...] = ()

    @property
    def by_request(self) -> bool:
        """The change goes through a pull request, which has been opened."""
        return self.plan is not None and through_request(self.hop)

    @property
    def needs_approval(self) -> bool:
        """Something is to be pushed, and the environment's rule wants somebody's word for it."""
        rule = WORKSPACE.get().config.environment(self.hop.environment).approval
        return rule is not None and self.plan is not None


@dataclass(frozen=True)
class Waiting:
    """A hop to be looked at again later: its pull request is open, or its release is soaking."""

    ready: Ready
    later: Later
    remedy: str


def through_request(hop: Hop) -> bool:
    return WORKSPACE.get().config.environment(hop.environment).deliver.by_request


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


async def verified(hop: Hop, entry: Entry) -> HopOutcome | Waiting:
    """Watch what was pushed, and take it back where it does not become, and stay, healthy."""
    commit, release = entry.commit, shown(hop.release)
    show_status(hop, entry, "pending", f"{release} is in {hop.environment}, to be verified")
    verdict: Verdict | Soaking | None = await carried(await state_of(verify, hop, entry))
    if isinstance(verdict, Soaking):
        return _soaking(hop, entry, verdict)
    if verdict is None:
        show_status(hop, entry, "success", f"{release} is in {hop.environment}, not verified")
        return ended(hop, "deployed", commit=commit)
    if verdict.healthy:
        show_status(hop, entry, "success", f"{release} is healthy in {hop.environment}")
        return ended(hop, "verified", commit=commit)
    show_status(hop, entry, "failure", f"{release} in {hop.environment}: {'; '.join(verdict.reasons)}")
    return await take_back(hop, entry, "; ".join(verdict.reasons))


def _soaking(hop: Hop, entry: Entry, soaking: Soaking) -> Waiting:
    reason = f"{shown(hop.release)} is healthy in {hop.environment}, and is watched until {moment(soaking.until)}"
    show_status(hop, entry, "pending", reason)
    later = Later(reason, soaking.since, no_later_than=soaking.until)
    ready = Ready(hop.model_copy(update={"entry": entry, "step": "verify"}))
    return Waiting(ready, later, "promote again to go on watching")


async def take_back(hop: Hop, entry: Entry, why: str) -> HopOutcome:
    """Revert what this promotion pushed, and prove that the environment is healthy again."""
    if entry.kind != "pushed":
        remedy = f"promontory rollback {hop.application} {hop.environment} --to RELEASE"
        return ended(hop, "unhealthy", f"{why} (nothing was pushed here, so nothing is reverted)", remedy=remedy)
    try:
        reverted = await revert(hop, entry, why)
    except PromontoryError as error:
        commit = (entry.commit or "")[:12]
        by_hand = (
            f"take commit {commit} back by hand, or try again: promontory rollback {hop.application} {hop.environment}"
        )
        return ended(hop, "revert-failed", f"{why}; and the revert failed: {error.message}", remedy=by_hand)
    if reverted is None:
        return ended(hop, "reverted", f"{why}; {hop.environment} runs another release by now")
    return await confirm_revert(hop, reverted, why)


async def confirm_revert(hop: Hop, reverted: Entry, why: str) -> HopOutcome:
    """ "Reverted" means that the environment is healthy again on the release before."""
    commit = reverted.commit
    previous = reverted.previous
    verdict: Verdict | None = await carried(await state_of(verify, hop, reverted)) if previous else None
    if verdict is None or verdict.healthy:
        lift = f"mend it, then: promontory hold lift {hop.application} {hop.environment} {reverted.release}"
        return ended(hop, "reverted", why, commit=commit, remedy=lift)
    return ended(
        hop,
        "revert-failed",
        f"{why}; reverted to {previous}, which is not healthy either: {'; '.join(verdict.reasons)}",
        commit=commit,
        remedy=f"look at {hop.environment} itself; promontory history {hop.application} shows what was healthy",
    )


async def state_of(work: Task[..., Any] | Flow[..., Any], *arguments: object, **named: object) -> State[Any]:
    """Run a task or a flow for its final state, however it ends."""
    return await cast("Awaitable[State[Any]]", work(*arguments, **named, return_state=True))


async def carried(state: State[Any]) -> Any:
    """What a task's final state carries; the task's own exception is raised again."""
    value = await state.aresult(raise_on_failure=False)
    if isinstance(value, Exception):
        raise value
    return value


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

"""Take an environment back, prove that it is healthy on the release before, and alert where it is not."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flows.ready import Ready, Waiting, carried, state_of
from flows.running import ended
from flows.waiting import Later
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.escaping.shell import command
from promontory.health import Verdict
from promontory.promotion.values import Hop, HopOutcome
from tasks.alerts import alert
from tasks.revert import came_back, instructions, merge_revert, revert, rivals, whole
from tasks.verify import verify

log = logging.getLogger("promontory")


async def go_back(hop: Hop, entry: Entry) -> HopOutcome | Waiting:
    """Go on with what was decided, or asked for in a pull request, when nobody looked."""
    if entry.kind == "reverting":
        return await through_its_request(hop, entry, hop.reason)
    return await take_back(hop, entry, hop.reason)


async def take_back(hop: Hop, entry: Entry, why: str) -> HopOutcome | Waiting:
    """Revert what this promotion pushed, and prove that the environment is healthy again."""
    if entry.kind != "pushed":
        remedy = f"promontory rollback {hop.application} {hop.environment} --to RELEASE"
        return alerted(
            ended(hop, "unhealthy", f"{why} (nothing was pushed here, so nothing is reverted)", remedy=remedy)
        )
    try:
        reverted = await revert(hop, entry, why)
    except PromontoryError as error:
        return await failed(hop, entry, f"{why}; and the revert failed: {error.message}")
    if reverted is None:
        return ended(hop, "reverted", f"{why}; {hop.environment} runs another release by now")
    if reverted.kind == "reverting":
        alert("revert-asked", ended(hop, "reverting", why, remedy=f"merge {reverted.address}"))
        return await through_its_request(hop, reverted, why)
    return await confirm_revert(hop, reverted, why)


async def through_its_request(hop: Hop, asked: Entry, why: str) -> HopOutcome | Waiting:
    """One look at the pull request that takes it back: open it, merge it, or come again later.

    It takes back all that moved together, even where only one of them was asked for.
    """
    hop = await whole(hop, asked)
    try:
        state = await merge_revert(hop, asked)
    except PromontoryError as error:
        return await failed(hop, asked, f"{why}; and the revert failed: {error.message}")
    if state.status == "merged" and state.entry:
        return await confirm_revert(hop, state.entry, why)
    if state.status == "replaced":
        return ended(hop, "reverted", f"{why}; {state.reason}")
    if state.status == "refused":
        return await failed(hop, asked, f"{why}; and it was not taken back: {state.reason}")
    ready = Ready(hop.model_copy(update={"step": "revert", "entry": asked, "reason": why}))
    later = Later(f"{why}; {state.reason}", state.since or datetime.now(UTC), state.retry_after)
    return Waiting(ready, later, f"merge {state.url}: {hop.environment} still runs {hop.release}", "reverting")


async def failed(hop: Hop, entry: Entry, why: str) -> HopOutcome:
    return alerted(ended(hop, "revert-failed", why, commit=entry.commit, remedy=await instructions(hop, entry)))


async def confirm_revert(hop: Hop, reverted: Entry, why: str) -> HopOutcome:
    """ "Reverted" means that the environment is healthy again on the release before."""
    commit, previous = reverted.commit, reverted.previous
    verdict: Verdict | None = await carried(await state_of(verify, hop, reverted)) if previous else None
    others = await rivals(hop, reverted)
    if again := await came_back(hop, reverted):
        return alerted(ended(hop, "revert-failed", f"{why}; {again.message}", commit=commit, remedy=again.remedy))
    if verdict is None or verdict.healthy:
        lift = command("promontory", "hold", "lift", hop.application, hop.environment, reverted.release)
        remedy = "; ".join([*(f"{each.message}: {each.remedy}" for each in others), f"mend it, then: {lift}"])
        return alerted(ended(hop, "reverted", why, commit=commit, remedy=remedy))
    unhealthy = f"reverted to {previous}, which is not healthy either: {'; '.join(verdict.reasons)}"
    return await failed(hop, reverted, f"{why}; {unhealthy}")


def alerted(outcome: HopOutcome) -> HopOutcome:
    """Tell whoever listens how it ended; the log says it loudly where a person is needed."""
    if outcome.status == "reverted":
        alert("reverted", outcome)
    else:
        log.error("revert-%s: %s → %s", outcome.environment, outcome.reason, outcome.remedy)
        alert("revert-failed", outcome)
    return outcome

"""A run was cancelled: what it asked for is withdrawn, what it pushed and did not verify is left, or taken back.

Prefect runs a hook where a process was running. A run that rested or was suspended has none: the next run sees to it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flows.running import ended
from flows.taking_back import go_back
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.escaping.shell import command
from promontory.promotion.abandoned import WHY
from promontory.promotion.values import Hop
from tasks.abandoned import left_asked_back, left_by, left_by_cancelled_runs, workspace_after
from tasks.alerts import alert
from tasks.artifacts import beside, delivering_artifacts
from tasks.next_in_line import waking_next
from tasks.notify import telling
from tasks.propose import withdraw_run
from tasks.running import WORKSPACE

log = logging.getLogger("promontory")


async def abandon(run: str, name: str) -> None:
    """What a cancelled run's hook does, in a process of its own."""
    async with _on_behalf_of(run, name):
        await withdraw_run(run)
        for hop, pushed in await left_by(run):
            await _given_up(hop, pushed)


async def give_up(run: str, name: str, why: str) -> None:
    """Nobody starts the run again: say what it has left."""
    async with _on_behalf_of(run, name):
        for hop, pushed in await left_by(run):
            _left_there(hop, pushed, why)


@asynccontextmanager
async def _on_behalf_of(run: str, name: str) -> AsyncIterator[None]:
    async with waking_next(await workspace_after(run, name)) as listened, telling(listened) as workspace:
        token = WORKSPACE.set(workspace)
        try:
            async with delivering_artifacts():
                yield
        finally:
            WORKSPACE.reset(token)


async def take_back_abandoned() -> None:
    """Beside the run that does it: somebody else's environment is not what it was started for."""
    rules = WORKSPACE.get().config.environments.values()
    try:
        if any(each.on_cancel == "revert" for each in rules):
            for hop, pushed in await left_by_cancelled_runs():
                beside(_taken_back(hop, pushed))
        if any(each.deliver.by_request for each in rules):
            for hop, asked in await left_asked_back():
                beside(_taken_back(hop, asked))
    except PromontoryError as error:
        log.warning("what cancelled runs have pushed is left for now: %s", error.message)


async def _given_up(hop: Hop, pushed: Entry) -> None:
    if WORKSPACE.get().config.environment(hop.environment).on_cancel == "revert":
        await _taken_back(hop, pushed)
    else:
        _left_there(hop, pushed, WHY)


def _left_there(hop: Hop, pushed: Entry, why: str) -> None:
    again = command("promontory", "promote", hop.application, hop.release, "--to", hop.environment)
    remedy = f"{again} verifies it"
    log.warning("verify-%s: %s stays there, not verified: %s", hop.environment, hop.release, why)
    alert("left-unverified", ended(hop, "deployed", why, commit=pushed.commit, remedy=remedy))


async def _taken_back(hop: Hop, entry: Entry) -> None:
    """A revert through a pull request that is not merged at once is looked at again by the next run."""
    try:
        await go_back(hop.model_copy(update={"reason": entry.reason or WHY}), entry)
    except PromontoryError as error:
        log.warning("revert-%s: not taken back yet: %s", hop.environment, error.message)

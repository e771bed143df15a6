"""What runs that were cancelled, or died, have left behind them."""

from __future__ import annotations

import asyncio

from promontory.entry import Entry
from promontory.promotion.abandoned import asked_back, hop_of, is_overdue, is_pointless, unjudged, unverified
from promontory.promotion.location import open_workspace
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Actor, Workspace
from promontory.settings import read_settings
from tasks.propose import is_cancelled, known_run
from tasks.running import core, step

Left = tuple[Hop, Entry]


@step("left-unverified")
async def left_by_cancelled_runs() -> tuple[Left, ...]:
    """What they have pushed and not verified, where that is to go back. Those that rested had no hook."""
    entries = await core(unverified)
    cancelled = {run: await is_cancelled(run) for run in {entry.run for entry in entries} if run}
    return tuple([(await core(hop_of, entry), entry) for entry in entries if cancelled.get(entry.run or "")])


@step("left-asked-back")
async def left_asked_back() -> tuple[Left, ...]:
    """Reverts in pull requests that nobody looks at: their run was cancelled, or the environment has moved on."""
    entries = await core(asked_back)
    left = [e for e in entries if await core(is_pointless, e) or (e.run and await is_cancelled(e.run))]
    return tuple([(await core(hop_of, entry), entry) for entry in left])


@step("left-by-dead-runs")
async def left_by_dead_runs() -> tuple[Left, ...]:
    """What nobody has judged, where the run that pushed it is dead and is not started again: it ran in a terminal."""
    left = [entry for entry in await core(unjudged) if await _is_dead(entry)]
    return tuple([(await core(hop_of, entry), entry) for entry in left])


async def _is_dead(entry: Entry) -> bool:
    """A run that this server does not know has had its time: then it is dead, or its work was left as it is."""
    run = await known_run(entry.run) if entry.run else None
    if run is None:
        return await core(is_overdue, entry)
    return run.deployment_id is None and run.state is not None and run.state.is_crashed()


async def left_by(run: str) -> tuple[Left, ...]:
    """What one run has pushed and not verified, wherever."""
    return tuple([(await core(hop_of, entry), entry) for entry in await core(unverified, run)])


async def workspace_after(run: str, name: str) -> Workspace:
    """To tidy up after a run, on its behalf."""
    return await asyncio.to_thread(open_workspace, read_settings(), Actor(f"flow run {name}", run))

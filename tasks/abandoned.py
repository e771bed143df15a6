"""What runs that were cancelled have left behind them."""

from __future__ import annotations

import asyncio

from promontory.entry import Entry
from promontory.promotion.abandoned import asked_back, hop_of, is_pointless, unverified
from promontory.promotion.location import open_workspace
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Actor, Workspace
from promontory.settings import read_settings
from tasks.propose import is_cancelled
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


async def left_by(run: str) -> tuple[Left, ...]:
    """What one run has pushed and not verified, wherever."""
    return tuple([(await core(hop_of, entry), entry) for entry in await core(unverified, run)])


async def workspace_after(run: str, name: str) -> Workspace:
    """To tidy up after a run, on its behalf."""
    return await asyncio.to_thread(open_workspace, read_settings(), Actor(f"flow run {name}", run))

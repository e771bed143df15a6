"""Statuses on the forge, set beside the work: a promotion neither waits for one nor fails with one."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from promontory.entry import Entry
from promontory.forges import StatusState
from promontory.promotion.statuses import set_status, with_tests
from promontory.promotion.values import Hop
from tasks.artifacts import beside
from tasks.running import core

# The last one that was begun, for each commit and environment: a later state must not be overtaken by an earlier one.
_LAST: ContextVar[dict[tuple[str, str], asyncio.Task[None]] | None] = ContextVar("last_statuses", default=None)


def show_status(hop: Hop, entry: Entry, state: StatusState, description: str) -> None:
    """Set the status of the commit that ``entry`` names; its description says what became of the release."""
    if entry.commit is None:
        return
    last = _LAST.get()
    if last is None:
        _LAST.set(last := {})
    key = (entry.commit, hop.environment)
    last[key] = beside(_set(entry, entry.commit, state, description, last.get(key)))


async def _set(
    entry: Entry, commit: str, state: StatusState, description: str, before: asyncio.Task[None] | None
) -> None:
    if before is not None:
        await asyncio.wait([before])
    told = await core(with_tests, entry, description)
    await core(set_status, entry.environment, commit, state, told)

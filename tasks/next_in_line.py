"""Wake whom the end of a promotion lets go on, as soon as it is recorded, beside the run or command that records it.

Who is woken only looks, and may find that somebody was faster. Where nobody wakes it, it looks by itself: a minute
later, or five. What a process recorded before it died is heard by its successor.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.promotion.next_in_line import next_in_line, places_after
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from tasks.running import core
from tasks.waking import wake

log = logging.getLogger("promontory.tasks")
# How long a run waits in its end for a server that does not answer.
_PATIENCE = 10.0


@asynccontextmanager
async def waking_next(workspace: Workspace) -> AsyncIterator[Workspace]:
    """The workspace, listened to. The temporary server of a run in a terminal knows nobody who could be woken."""
    if get_current_settings().api.url is None:
        yield workspace
        return
    waker = _Waker(workspace)
    try:
        yield replace(workspace, heard=waker.hear)
    finally:
        await waker.finish()


class _Waker:
    """One at a time, in the order in which it was recorded. `hear` may be called from any thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Queue[Sequence[Entry] | None] = asyncio.Queue()
        self._working = asyncio.create_task(self._work())

    def hear(self, entries: Sequence[Entry]) -> None:
        self._workspace.heard(entries)
        with suppress(RuntimeError):  # its run has ended
            self._loop.call_soon_threadsafe(self._heard.put_nowait, entries)

    async def finish(self) -> None:
        self._loop.call_soon(self._heard.put_nowait, None)  # behind what was heard, which comes that way, too
        await asyncio.wait({self._working}, timeout=_PATIENCE)
        self._working.cancel()

    async def _work(self) -> None:
        while (entries := await self._heard.get()) is not None:
            try:
                await wake_after(self._workspace, entries)
            except Exception as error:
                log.warning("who is next was not woken, and looks by itself: %s: %s", type(error).__name__, error)


async def wake_after(workspace: Workspace, entries: Sequence[Entry]) -> None:
    """Wake the flow runs that ``entries``, which were recorded just now, let go on."""
    found = await asyncio.to_thread(lambda: next_in_line(workspace, places_after(workspace, entries)))
    if not found:
        return
    async with get_client() as client:
        for entry in found:
            woken = await wake(client, entry.run or "")
            if woken.status == "woken":
                log.info("%s: %s %s is next: %s", entry.environment, entry.application, entry.release, woken.told)


async def has_come(hop: Hop) -> bool:
    """Whether ``hop``, which waits for others, is next in line by now; False where the ledger cannot be asked."""
    try:
        return await core(_has_come, hop)
    except PromontoryError as error:
        log.debug("wait-%s: whether its turn has come is not known: %s", hop.environment, error.message)
        return False


def _has_come(workspace: Workspace, hop: Hop) -> bool:
    workspace.repository.sync()
    found = next_in_line(workspace, [member.place for member in hop.members])
    return any(entry.promotion == hop.promotion for entry in found)

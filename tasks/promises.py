"""A run in a terminal promises in the ledger to tell people what it records; any run keeps what others left unkept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prefect.runtime import deployment

from promontory.errors import PromontoryError
from promontory.ledger.untold import Untold
from promontory.promotion.keeping import keep, repeat_untold
from promontory.promotion.telling import Teller
from promontory.promotion.untold import Promise
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.tasks")
# After so long it is said in the ledger that people have been told.
_SOON = 5.0


@asynccontextmanager
async def promising(workspace: Workspace, teller: Teller, patience: float) -> AsyncIterator[Promise | None]:
    """Until the block is over, and ``teller`` has finished, which takes ``patience`` seconds at most.

    A deployed run promises nothing: it is started again where it dies, and tells again what it had recorded.
    """
    routes = tuple(route.name for route in workspace.config.notifications)
    promise = Promise(routes) if routes and deployment.get_id() is None else None
    keeping = asyncio.create_task(_kept_meanwhile(workspace, teller, promise)) if promise else None
    others = await _repeated(workspace, teller)
    try:
        yield promise
    finally:
        if keeping:
            keeping.cancel()
        await teller.finish(patience)
        if promise:
            promise.kept = promise.made
        await asyncio.to_thread(keep, workspace, promise, others)


async def _repeated(workspace: Workspace, teller: Teller) -> tuple[Untold, ...]:
    try:
        return await asyncio.to_thread(repeat_untold, workspace, teller)
    except PromontoryError as error:
        log.warning("what others have left untold is left so for now: %s", error.message)
        return ()


async def _kept_meanwhile(workspace: Workspace, teller: Teller, promise: Promise) -> None:
    """Such a run may wait for hours: what it has told by then is not to be told again by others."""
    while True:
        await asyncio.sleep(_SOON)
        if teller.told_through > promise.kept:
            promise.kept = teller.told_through
            await asyncio.to_thread(keep, workspace, promise)

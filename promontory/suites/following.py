"""Wait for what runs elsewhere: look again and again, within the time of one attempt, and end it where we end.

A look that brings no answer is no result: it is repeated until the time is up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from promontory.clock import Clock
from promontory.errors import PromontoryError, TransientError
from promontory.options import format_duration

logger = logging.getLogger("promontory.suites")
Found = TypeVar("Found")

# Whoever cancels us gives us half a minute before it kills us.
CLEAN_UP_SECONDS = 20.0


async def _never() -> None:
    await asyncio.Event().wait()


@dataclass
class Patience:
    """The time that is left of an attempt. ``trouble`` is why the last look brought no answer; empty where it did."""

    clock: Clock
    within: timedelta
    interval: float
    trouble: str = ""
    _give_up: float = field(init=False)

    def __post_init__(self) -> None:
        self._give_up = self.clock.monotonic() + self.within.total_seconds()

    @property
    def left(self) -> float:
        return max(0.0, self._give_up - self.clock.monotonic())

    @property
    def over(self) -> str:
        """What to say when the time is up."""
        trouble = f"; the last look failed: {self.trouble}" if self.trouble else ""
        return f"not finished within {format_duration(self.within)}{trouble}"

    async def until(
        self, look: Callable[[], Awaitable[Found | None]], changed: Callable[[], Coroutine[Any, Any, None]] = _never
    ) -> Found | None:
        """What ``look`` finds at last; None where the time is up. ``changed`` returns when another look is worth it."""
        while True:
            wanted = 0.0
            try:
                found = await look()
                self.trouble = ""
            except TransientError as error:
                found, self.trouble, wanted = None, error.message, error.retry_after or self.interval
            if found is not None or not self.left:
                return found
            await self._rest(wanted, changed)

    async def _rest(self, wanted: float, changed: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if wanted:
            await self.clock.sleep(min(max(wanted, self.interval), self.left))
            return
        sleeping = asyncio.ensure_future(self.clock.sleep(min(self.interval, self.left)))
        changing = asyncio.ensure_future(changed())
        try:
            await asyncio.wait([sleeping, changing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, changing):
                task.cancel()
            await asyncio.gather(sleeping, changing, return_exceptions=True)


async def begin(
    work: Coroutine[Any, Any, Found], undo: Callable[[Found], Coroutine[Any, Any, None]], what: str
) -> Found:
    """What ``work`` has begun. Where we are cancelled before we know it, it is waited for, and undone."""
    beginning = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        await clean_up(_undone(beginning, undo), what)
        raise


async def _undone(beginning: asyncio.Future[Found], undo: Callable[[Found], Coroutine[Any, Any, None]]) -> None:
    await undo(await beginning)


async def clean_up(work: Coroutine[Any, Any, None], remains: str) -> None:
    """Do it to its end, also where whoever waits for it is cancelled; say what remains where it cannot be done."""
    task = asyncio.ensure_future(_cleaned(work, remains))
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)


async def _cleaned(work: Coroutine[Any, Any, None], remains: str) -> None:
    try:
        async with asyncio.timeout(CLEAN_UP_SECONDS):
            await work
    except TimeoutError:
        logger.warning("%s: it was not ended in time; end it by hand", remains)
    except PromontoryError as error:
        logger.warning("%s: it could not be ended: %s", remains, error.message)

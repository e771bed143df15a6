"""One stream of an Argo CD server's events, for everybody of a run who looks at any of its Applications.

It only says that something has changed. What there is to see is asked for, so that a stream that was cut off without
anybody having noticed can delay a look, and never makes one wrong.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from promontory.clock import Clock
from promontory.errors import PromontoryError
from promontory.exchange.call import Call

logger = logging.getLogger("promontory.checks")
# Where there is no stream.
POLL_SECONDS = 1.0
# A rollout changes an Application many times a second.
_TOGETHER_SECONDS = 0.1
_PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
# Whether an event of this type (ADDED, MODIFIED, DELETED), about the Application of this name, is news.
Concerns = Callable[[str, str], bool]


@dataclass(eq=False)
class Listener:
    stream: EventStream
    concerns: Concerns
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def changed(self, clock: Clock) -> None:
        """Returns at news; without a stream after a second."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self.told.wait())]
        if not self.stream.stands:
            waits.append(asyncio.ensure_future(clock.sleep(POLL_SECONDS)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if self.stream.stands:
                await asyncio.sleep(_TOGETHER_SECONDS)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


class EventStream:
    """Open as long as somebody listens; ``stands``: events come."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._listeners: set[Listener] = set()
        self._running: asyncio.Task[None] | None = None
        self.stands = False

    @classmethod
    def shared(cls, shared: dict[object, Any], call: Call) -> EventStream:
        """The one of this server, with this token and these authorities."""
        stream: EventStream = shared.setdefault((cls, call.url, call.token, call.tls.ca), cls(call))
        return stream

    @asynccontextmanager
    async def listening(self, concerns: Concerns) -> AsyncIterator[Listener]:
        listener = Listener(self, concerns)
        self._listeners.add(listener)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            yield listener
        finally:
            self._listeners.remove(listener)
            if not self._listeners:
                await self._end()

    async def _end(self) -> None:
        running, self._running = self._running, None
        if running:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _run(self) -> None:
        from promontory.exchange.streaming import streaming  # brings httpx

        failures = 0
        while True:
            try:
                async with streaming(self._call) as lines:
                    self.stands = True
                    async for line in lines:
                        failures = 0
                        self._tell(line)
            except PromontoryError as error:
                logger.debug("no events of %s: %s", self._call.url, error.message)
            finally:
                self._fall()
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1

    def _fall(self) -> None:
        """From now on everybody looks from time to time; and at once, because something may have been missed."""
        fell, self.stands = self.stands, False
        for listener in self._listeners if fell else ():
            listener.told.set()

    def _tell(self, line: bytes) -> None:
        """``{"result": {"type": …, "application": {…}}}``; anything else is no event."""
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            event = json.loads(line)["result"]
            happened, name = str(event["type"]), str(event["application"]["metadata"]["name"])
            for listener in self._listeners:
                if listener.concerns(happened, name):
                    listener.told.set()

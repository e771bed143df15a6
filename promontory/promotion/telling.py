"""Hears what is recorded, and tells people of it, beside whatever else is done.

A promotion neither waits for a message nor fails with one. Messages of one route go one after the other, in the order
of events; routes do not wait for each other. What reached nobody is recorded in the end, in one push.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from promontory.config import Route
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.event import Event
from promontory.model import Place
from promontory.notifications.composing import compose
from promontory.notifications.contract import Channel, Means
from promontory.notifications.delivering import deliver
from promontory.notifications.reading import events_of
from promontory.promotion.knowing import Knowing
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")
_ENDED = "its run ended before it could be sent"


@dataclass
class _Post:
    """One route at work; ``waiting`` is what it has not sent yet, the first of them on its way."""

    route: Route
    waiting: list[Event] = field(default_factory=list)
    undelivered: list[tuple[Event, str]] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def put(self, event: Event) -> None:
        self.waiting.append(event)
        self.more.set()

    def close(self) -> None:
        self.closed = True
        self.more.set()

    async def work(self, workspace: Workspace, means: Means) -> None:
        while self.waiting or not self.closed:
            if not self.waiting:
                self.more.clear()
                await self.more.wait()
                continue
            event = self.waiting[0]
            channel = self.route.to
            assert isinstance(channel, Channel)  # noqa: S101 — the vocabulary knows no other
            why = await deliver(channel, compose(event, self.route), means, workspace.clock)
            self.waiting.pop(0)
            if why:
                self.undelivered.append((event, why))
            else:
                log.info("notify-%s: %s told of %s", event.environment, self.route.name, event.word)

    def left(self) -> list[tuple[Event, str]]:
        return [*self.undelivered, *((event, _ENDED) for event in self.waiting)]


@dataclass(frozen=True)
class _Heard:
    """Something to be told: ``read`` makes events of it. ``routes``: only to these; ``number``: of its last entry."""

    read: Callable[[], Sequence[Event]]
    routes: frozenset[str] | None = None
    number: int = 0
    others: bool = False


class Teller:
    """Made in the loop that it works in; `hear` may be called from any thread.

    ``emit`` is told of every event, whatever the routes say.
    """

    def __init__(self, workspace: Workspace, means: Means, emit: Callable[[Event], None] | None = None) -> None:
        self._workspace = workspace
        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Queue[_Heard | None] = asyncio.Queue()
        self._read_through = 0
        self._posts = [_Post(route) for route in workspace.config.notifications]
        self._working = [asyncio.create_task(post.work(workspace, means)) for post in self._posts]
        self._reading = asyncio.create_task(self._read())

    @property
    def told_through(self) -> int:
        """Up to the entry of this number everything that was heard is told; 0 where something is on its way."""
        return 0 if any(post.left() for post in self._posts) else self._read_through

    def hear(self, entries: Sequence[Entry], *, repeated: bool = False) -> None:
        """It never raises: what is recorded is recorded."""
        read = partial(events_of, tuple(entries), Knowing(self._workspace), repeated=repeated)
        self._put(_Heard(read, number=max((entry.number or 0 for entry in entries), default=0)))

    def repeat(self, entries: Sequence[Entry], routes: Collection[str]) -> None:
        """What others have recorded, and perhaps not told; to those of ``routes`` that there still are."""
        read = partial(events_of, tuple(entries), Knowing(self._workspace), repeated=True)
        self._put(_Heard(read, frozenset(routes), others=True))

    def tell(self, event: Event) -> None:
        """What is in no entry: how a run left an environment."""
        self._put(_Heard(lambda: (event,)))

    async def finish(self, within: float) -> None:
        """Everything is told, or recorded as undelivered, after ``within`` seconds at most and one push."""
        self._loop.call_soon(self._heard.put_nowait, None)  # behind what was heard, which comes that way, too
        try:
            async with asyncio.timeout(within):
                await self._reading
                for post in self._posts:
                    post.close()
                await asyncio.gather(*self._working)
        except TimeoutError:
            log.debug("what could not be sent in time is given up")
        for task in (self._reading, *self._working):
            task.cancel()
        await asyncio.gather(self._reading, *self._working, return_exceptions=True)
        left = [(post.route.name, event, why) for post in self._posts for event, why in post.left()]
        if left:
            await asyncio.to_thread(_record, self._workspace, left)

    def _put(self, heard: _Heard) -> None:
        try:
            self._loop.call_soon_threadsafe(self._heard.put_nowait, heard)
        except RuntimeError:
            log.warning("something happened after its run had ended, and nobody was told")

    async def _read(self) -> None:
        while (heard := await self._heard.get()) is not None:
            try:
                for event in await asyncio.to_thread(heard.read):
                    self._distribute(event, heard)
            except Exception as error:
                log.warning("an event could not be told: %s: %s", type(error).__name__, error)
            self._read_through = max(self._read_through, heard.number)

    def _distribute(self, event: Event, heard: _Heard) -> None:
        for post in self._posts:
            if post.route.wants(event) and (heard.routes is None or post.route.name in heard.routes):
                post.put(event)
        if self._emit and not heard.others:
            self._emit(event)


def _record(workspace: Workspace, left: Sequence[tuple[str, Event, str]]) -> None:
    """Nobody is notified of that: it would not reach them either."""
    for name, event, why in left:
        log.warning("notify-%s: %s was not told of %s: %s", event.environment, name, event.word, why)
    entries = [
        workspace.entry(
            "undelivered",
            Place(event.application, event.environment),
            event.release,
            event.promotion,
            reason=f"{name} was not told of {event.word}: {why}",
        )
        for name, event, why in left
        if event.promotion
    ]
    try:
        workspace.append(entries)
    except PromontoryError as error:
        log.warning("it could not be recorded that somebody was not told: %s", error.message)

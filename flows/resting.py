"""The hops that a run brings side by side: each goes its own way, and the run gives itself up once all of them rest.

As long as one of them is at work, the others wait in this process; a question that suspends the run waits for that
as well.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from flows.waiting import Later, delay, gives_itself_up, nap, rest
from promontory.settings import read_settings

Result = TypeVar("Result")
Turn = asyncio.Future[None]


@dataclass
class Together:
    """Who is at work, who rests for what, and who has a question that suspends the run."""

    at_work: int = 0
    resting: dict[Turn, Later] = field(default_factory=dict)
    asking: deque[Turn] = field(default_factory=deque)
    leaving: bool = False
    one_question: asyncio.Lock = field(default_factory=asyncio.Lock)
    gives_up: Callable[[], bool] = gives_itself_up
    wait_for: Callable[[Sequence[Later]], Awaitable[bool]] = rest

    async def run(self, works: Sequence[Awaitable[Result]]) -> list[Result]:
        """All of them to their ends; cut short where the run gives itself up or is suspended."""
        self.at_work += len(works)
        tasks = [asyncio.ensure_future(self._counted(work)) for work in works]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def rest(self, later: Later, wake: asyncio.Event | None = None) -> bool:
        """Until it is worth looking again, or ``wake`` is set; False where this run is not to wait.

        A deployed run gives itself up in here, once nothing of it is at work any more.
        """
        if wake and wake.is_set():
            return True
        if not self.gives_up():
            resting = asyncio.ensure_future(self.wait_for([later]))
            await _first(resting, wake)
            return resting.result() if resting.done() and not resting.cancelled() else True
        turn: Turn = asyncio.get_running_loop().create_future()
        self.resting[turn] = later
        with self._idle():
            seconds = delay(later, datetime.now(UTC), read_settings().poll_interval)
            await _first(turn, wake, asyncio.ensure_future(nap(later, seconds)))
            if not turn.cancelled():
                await self.wait_for([*self.resting.values()])
            if self.leaving:
                await asyncio.Event().wait()  # the process ends
        del self.resting[turn]
        return True

    @asynccontextmanager
    async def question(self) -> AsyncIterator[bool]:
        """One at a time. Whether it may suspend the run: not where another hop has to be looked at before an answer."""
        if not self.gives_up():
            async with self.one_question:
                yield True
            return
        await self._asked()
        while self.at_work > 1:  # somebody's time came just then
            await self._asked()
        yield not self.resting

    async def _asked(self) -> None:
        turn: Turn = asyncio.get_running_loop().create_future()
        self.asking.append(turn)
        with self._idle():
            await turn

    async def _counted(self, work: Awaitable[Result]) -> Result:
        try:
            return await work
        finally:
            self.at_work -= 1
            self._settle()

    @contextmanager
    def _idle(self) -> Iterator[None]:
        self.at_work -= 1
        self._settle()
        try:
            yield
        finally:
            self.at_work += 1

    def _settle(self) -> None:
        """Nobody is at work: the next question is asked, and if there is none, the run gives itself up."""
        if self.at_work or self.leaving:
            return
        if self.asking:
            self.asking.popleft().set_result(None)
        elif self.resting:
            self.leaving = True
            next(iter(self.resting)).set_result(None)


async def _first(*awaited: asyncio.Future[Any] | asyncio.Event | None) -> None:
    """Until the first of them is there; the others are cancelled."""
    futures = [
        asyncio.ensure_future(each.wait()) if isinstance(each, asyncio.Event) else each for each in awaited if each
    ]
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in futures:
            future.cancel()

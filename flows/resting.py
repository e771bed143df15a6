"""The hops that a run brings side by side: each goes its own way, and the run gives itself up once all of them rest.

As long as one of them is at work, the others wait in this process. Then the run is suspended, if one of them has a
question: with one form for all questions, and woken in time for whatever else is waited for. Else it is started again
when it is worth looking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from flows.question import Question, suspend
from flows.waiting import Later, delay, gives_itself_up, nap, rest
from promontory.settings import read_settings

Result = TypeVar("Result")
Turn = asyncio.Future[None]


@dataclass
class Together:
    """Who is at work, who rests for what, and who has a question. ``one_question``: in a terminal, one at a time."""

    at_work: int = 0
    resting: dict[Turn, tuple[Later, Question | None]] = field(default_factory=dict)
    leaving: bool = False
    one_question: asyncio.Lock = field(default_factory=asyncio.Lock)
    gives_up: Callable[[], bool] = gives_itself_up
    wait_for: Callable[[Sequence[Later]], Awaitable[bool]] = rest
    ask: Callable[[Sequence[Question], Sequence[Later]], Awaitable[None]] = suspend

    async def run(self, works: Sequence[Awaitable[Result]]) -> list[Result]:
        """All of them to their ends; cut short where the run gives itself up or is suspended."""
        self.at_work += len(works)
        tasks = [asyncio.ensure_future(self._counted(work)) for work in works]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def rest(self, later: Later, wake: asyncio.Event | None = None, question: Question | None = None) -> bool:
        """Until it is worth looking again, or ``wake`` is set; False where this run is not to wait.

        A deployed run gives itself up in here, or is suspended for ``question``, once nothing of it is at work.
        """
        if wake and wake.is_set():
            return True
        if not self.gives_up():
            resting = asyncio.ensure_future(self.wait_for([later]))
            await _first(resting, wake)
            return resting.result() if resting.done() and not resting.cancelled() else True
        turn: Turn = asyncio.get_running_loop().create_future()
        self.resting[turn] = later, question
        with self._idle():
            seconds = delay(later, datetime.now(UTC), read_settings().poll_interval)
            await _first(turn, wake, asyncio.ensure_future(nap(later, seconds)))
            if not turn.cancelled():
                await self._leave()
            if self.leaving:
                await asyncio.Event().wait()  # the process ends
        del self.resting[turn]
        return True

    async def _leave(self) -> None:
        """The process ends in here."""
        questions = [question for _, question in self.resting.values() if question]
        if questions:
            await self.ask(questions, [later for later, question in self.resting.values() if not question])
        await self.wait_for([later for later, _ in self.resting.values()])

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
        """Nobody is at work: the run leaves."""
        if self.resting and not self.at_work and not self.leaving:
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

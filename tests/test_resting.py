"""Hops side by side: who waits for whom, and when the run gives itself up. (Real runs: tests/e2e/test_gates.py.)"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from flows.resting import Together
from flows.waiting import MAY_REST, REST_HERE, Later, delay, rest

LONG = timedelta(days=1)


class GaveItselfUp(BaseException):
    """As Prefect's `Pause`."""


def later(reason: str = "gate", left: timedelta = LONG) -> Later:
    now = datetime.now(UTC)
    return Later(reason, now, not_before=now + left)


@dataclass
class Deployed:
    """A run of a deployment, and for what it has given itself up."""

    left: list[str] = field(default_factory=list)

    def together(self) -> Together:
        return Together(gives_up=lambda: True, wait_for=self.leave)

    async def leave(self, waits: Sequence[Later]) -> bool:
        self.left += [wait.reason for wait in waits]
        await asyncio.sleep(0)  # the server is told
        raise GaveItselfUp


def run(work: object) -> None:
    with pytest.raises(GaveItselfUp):
        asyncio.run(work)  # type: ignore[arg-type]


def test_the_run_gives_itself_up_once_and_only_when_nothing_is_at_work() -> None:
    deployed, done = Deployed(), []

    async def works() -> None:
        together, finish = deployed.together(), asyncio.Event()

        async def busy() -> None:
            await finish.wait()
            assert deployed.left == []
            done.append("busy")

        async def rests(name: str) -> None:
            asyncio.get_running_loop().call_later(0.01, finish.set)
            await together.rest(later(name))

        await together.run([rests("one"), busy(), rests("other")])

    run(works())

    assert done == ["busy"]
    assert deployed.left == ["one", "other"]


def test_whose_time_comes_while_others_are_at_work_goes_on_in_the_process() -> None:
    async def works() -> list[str]:
        together, told = Deployed().together(), asyncio.Event()

        async def busy() -> str:
            await told.wait()
            return "busy"

        async def rests() -> str:
            assert await together.rest(later(left=timedelta(milliseconds=5)))
            told.set()
            return "rested"

        return await together.run([busy(), rests()])

    assert asyncio.run(works()) == ["busy", "rested"]


def test_a_question_waits_until_nothing_is_at_work_and_may_suspend_the_run_then() -> None:
    async def works() -> list[bool]:
        together, finish, order = Deployed().together(), asyncio.Event(), []

        async def busy() -> bool:
            await finish.wait()
            order.append("busy")
            return False

        async def asks() -> bool:
            asyncio.get_running_loop().call_soon(finish.set)
            async with together.question() as may_suspend:
                assert order == ["busy"]
                return may_suspend

        return await together.run([asks(), busy()])

    assert asyncio.run(works()) == [True, False]


def test_a_question_does_not_suspend_a_run_in_which_a_gate_opens() -> None:
    deployed, answers = Deployed(), []

    async def works() -> None:
        together = deployed.together()

        async def asks() -> None:
            async with together.question() as may_suspend:
                answers.append(may_suspend)
            await together.rest(later("question"))

        async def rests() -> None:
            await together.rest(later("gate"))

        await together.run([asks(), rests()])

    run(works())

    assert answers == [False]
    assert sorted(deployed.left) == ["gate", "question"]


def test_questions_are_asked_one_after_the_other() -> None:
    async def works(together: Together) -> list[int]:
        asked: list[int] = []

        async def asks(number: int) -> None:
            async with together.question():
                asked.append(number)
                await asyncio.sleep(0.005)
                assert asked[-1] == number

        await together.run([asks(number) for number in range(3)])
        return asked

    assert asyncio.run(works(Deployed().together())) == [0, 1, 2]
    assert asyncio.run(works(Together())) == [0, 1, 2]


@pytest.mark.parametrize("together", [Deployed().together, Together], ids=["deployed", "here"])
def test_who_rests_in_a_wave_that_goes_back_is_woken(together: type[Together]) -> None:
    async def works() -> bool:
        REST_HERE.set(asyncio.sleep)
        wave, stop = together(), asyncio.Event()

        async def fails() -> bool:
            await asyncio.sleep(0)
            stop.set()
            await asyncio.sleep(0.01)
            return False

        woken, _ = await wave.run([wave.rest(later(), stop), fails()])
        return woken

    assert asyncio.run(works()) is True


def test_where_nobody_waits_it_does_not_rest() -> None:
    assert asyncio.run(Together().rest(later())) is False


def test_a_run_that_must_not_wait_does_not_where_it_could() -> None:
    async def works() -> bool:
        REST_HERE.set(asyncio.sleep)
        MAY_REST.set(False)
        return await rest([later()])

    assert asyncio.run(works()) is False


def test_a_known_opening_is_waited_for_exactly_and_what_is_open_then_is_looked_at_as_before() -> None:
    now = datetime(2025, 3, 1, 12, tzinfo=UTC)
    wait = Later("gate", now - LONG, not_before=now + timedelta(hours=9))

    assert delay(wait, now, 15) == 9 * 3600
    assert delay(wait, wait.not_before or now, 15) == 300


def test_an_opening_is_slept_to_in_short_naps() -> None:
    slept: list[float] = []

    async def nap(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.02))

    async def works() -> datetime:
        REST_HERE.set(nap)
        wait = later(left=timedelta(milliseconds=50))
        assert await rest([wait])
        return wait.not_before or datetime.now(UTC)

    assert asyncio.run(works()) <= datetime.now(UTC)
    assert max(slept) <= 30

"""Hops side by side: who waits for whom, and when the run gives itself up. (Real runs: tests/e2e/test_gates.py.)"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from flows.question import Question
from flows.resting import Together
from flows.waiting import MAY_REST, REST_HERE, Later, delay, rest
from promontory.approvals import ApprovalState
from promontory.model import Plan
from promontory.promotion.values import Hop

LONG = timedelta(days=1)


class GaveItselfUp(BaseException):
    """As Prefect's `Pause`."""


def later(reason: str = "gate", left: timedelta = LONG) -> Later:
    now = datetime.now(UTC)
    return Later(reason, now, not_before=now + left)


@dataclass
class Deployed:
    """A run of a deployment, what it was suspended to ask, and for what it has given itself up."""

    left: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    is_woken: bool = True

    def together(self) -> Together:
        return Together(gives_up=lambda: True, wait_for=self.leave, ask=self.ask)

    async def ask(self, questions: Sequence[Question], waits: Sequence[Later]) -> None:
        if self.is_woken:
            self.asked += [each.hop.environment for each in questions]
            await self.leave(waits)

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


def question(environment: str) -> Question:
    hop = Hop(application="web-app", environment=environment, release="v1", promotion="ab12", step="promote")
    where = {"application": "web-app", "environment": environment, "release": "v1", "previous": None}
    plan = Plan.model_validate({**where, "ref": "main", "base": "", "paths": (), "diff": ""})
    return Question(hop, plan, ApprovalState(status="waiting"))


def test_a_question_waits_until_nothing_is_at_work_and_suspends_the_run_then() -> None:
    deployed, order = Deployed(), []

    async def works() -> None:
        together, finish = deployed.together(), asyncio.Event()

        async def busy() -> None:
            await finish.wait()
            order.append("busy")
            assert not deployed.asked

        async def asks() -> None:
            asyncio.get_running_loop().call_soon(finish.set)
            await together.rest(later("question"), question=question("eu"))

        await together.run([asks(), busy()])

    run(works())

    assert (order, deployed.asked, deployed.left) == (["busy"], ["eu"], [])


def test_all_questions_are_asked_together_and_what_else_is_waited_for_goes_along() -> None:
    deployed = Deployed()

    async def works() -> None:
        together = deployed.together()
        asked = [together.rest(later("question"), question=question(name)) for name in ("eu", "us")]
        await together.run([*asked, together.rest(later("gate"))])

    run(works())

    assert (deployed.asked, deployed.left) == (["eu", "us"], ["gate"])


def test_where_nobody_would_wake_a_suspended_run_it_is_started_again_for_its_questions_too() -> None:
    deployed = Deployed(is_woken=False)

    async def works() -> None:
        together = deployed.together()
        await together.run([together.rest(later("question"), question=question("eu")), together.rest(later("gate"))])

    run(works())

    assert deployed.left == ["question", "gate"]


def test_who_asks_while_others_are_at_work_goes_on_when_it_is_answered_elsewhere() -> None:
    async def works() -> list[str]:
        together, answered = Deployed().together(), asyncio.Event()

        async def busy() -> str:
            await answered.wait()
            return "busy"

        async def asks() -> str:
            assert await together.rest(later(left=timedelta(milliseconds=5)), question=question("eu"))
            answered.set()
            return "answered"

        return await together.run([busy(), asks()])

    assert asyncio.run(works()) == ["busy", "answered"]


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


def test_who_naps_for_others_wakes_up_when_they_have_come_to_their_end() -> None:
    naps: list[float] = []
    answers = iter([False, True, False])

    async def come() -> bool:
        return next(answers)

    async def here(seconds: float) -> None:
        naps.append(seconds)

    async def works() -> None:
        REST_HERE.set(here)
        assert await rest([Later("turn", datetime.now(UTC), at_least=600, has_come=come)])

    asyncio.run(works())

    assert naps == [5, 5]

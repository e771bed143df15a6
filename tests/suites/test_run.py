"""Side by side, tried again, let through: what is the same for all suites."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal

import pytest

from promontory.errors import ForgeError, PromontoryError, TransientError
from promontory.model import FailedAttempt, SuiteResult
from promontory.suites.contract import Attempt, Facilities, Outcome, Suite
from promontory.suites.run import run_all
from tests.checks.test_watch import JumpingClock
from tests.suites.surroundings import TARGET, facilities

PROMOTION = "0123456789ab"


class Scripted(Suite):
    """Does what its script says, one item an attempt, the last for ever: ``ok``, a reason, or an error."""

    kind: Literal["scripted"] = "scripted"
    name: str = "scripted"
    script: tuple[str, ...] = ("ok",)
    seconds: float = 1.0

    @property
    def label(self) -> str:
        return self.name

    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        made = KEYS.setdefault(self.name, [])
        word = self.script[min(len(made), len(self.script) - 1)]
        made.append(attempt.key)
        await facilities.clock.sleep(self.seconds)
        if word in ERRORS:
            raise ERRORS[word]
        return Outcome("" if word == "ok" else word, f"printed {word}", url=f"https://ci.example/{self.name}")


KEYS: dict[str, list[str]] = {}
ERRORS: dict[str, PromontoryError] = {
    "away": TransientError("the cluster is unreachable"),
    "limited": TransientError("not so often", retry_after=100),
    "broken": ForgeError("no such workflow", "correct workflow:"),
}


@pytest.fixture(autouse=True)
def _no_keys_of_before() -> None:
    KEYS.clear()


def run(*suites: Suite, clock: JumpingClock | None = None, **more: int) -> tuple[SuiteResult, ...]:
    around = facilities(clock=clock or JumpingClock())
    return asyncio.run(run_all(suites, TARGET, PROMOTION, around, **more))


def test_suites_run_side_by_side_and_keep_their_order() -> None:
    clock = JumpingClock()
    suites = [Scripted(name="slow", seconds=300), *(Scripted(name=f"quick-{number}", seconds=10) for number in (1, 2))]

    results = run(*suites, clock=clock)

    assert [(result.name, result.seconds) for result in results] == [("slow", 300), ("quick-1", 10), ("quick-2", 10)]
    assert clock.monotonic() == 300


def test_no_suites_have_no_results() -> None:
    assert run() == ()


def test_a_failure_of_one_does_not_end_the_others() -> None:
    bad, good = run(Scripted(name="bad", script=("exit code 1",)), Scripted(name="good", seconds=60))

    assert (bad.passed, bad.reason, bad.output) == (False, "exit code 1", "printed exit code 1")
    assert (good.passed, good.url) == (True, "https://ci.example/good")


def test_cancelling_ends_all_of_them() -> None:
    ended: list[str] = []

    class Endless(Scripted):
        async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(self.name)
            raise AssertionError

    async def cancel() -> None:
        running = asyncio.create_task(
            run_all([Endless(name="one"), Endless(name="two")], TARGET, PROMOTION, facilities())
        )
        await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancel())

    assert sorted(ended) == ["one", "two"]


class TestRetries:
    def test_a_flaky_suite_passes_and_the_record_says_at_which_attempt(self, caplog: pytest.LogCaptureFixture) -> None:
        (result,) = run(Scripted(script=("too slow", "exit code 1", "ok"), retries=3))

        assert (result.passed, result.reason, result.seconds) == (True, "", 3.0)
        assert result.attempts == (
            FailedAttempt(reason="too slow", seconds=1.0),
            FailedAttempt(reason="exit code 1", seconds=1.0),
        )
        assert result.outcome == "passed at the 3rd attempt"
        assert "test-staging: scripted failed and is tried again: too slow" in caplog.messages

    def test_it_is_tried_as_often_as_is_said_and_no_more(self) -> None:
        (result,) = run(Scripted(script=("no",), retries=2))

        assert (result.passed, result.reason, result.outcome) == (False, "no", "failed 3 times")
        assert len(KEYS["scripted"]) == 3

    def test_without_retries_it_is_tried_once(self) -> None:
        (result,) = run(Scripted(script=("no", "ok")))

        assert (result.passed, result.attempts, result.outcome) == (False, (), "failed")

    def test_what_cannot_be_run_at_all_is_not_tried_again(self) -> None:
        (result,) = run(Scripted(script=("broken",), retries=5))

        assert result.reason == "could not be run: no such workflow (correct workflow:)"
        assert len(KEYS["scripted"]) == 1


class TestTrouble:
    """Where beginning it fails, not the test."""

    def test_it_is_begun_again_which_is_no_attempt_of_the_test(self) -> None:
        (result,) = run(Scripted(script=("away", "away", "ok")))

        assert (result.passed, result.attempts) == (True, ())
        assert len(set(KEYS["scripted"])) == 1, "it is the same attempt, and takes up what it may have begun"

    def test_who_asks_for_time_gets_it(self) -> None:
        clock = JumpingClock()

        run(Scripted(script=("limited", "ok")), clock=clock)

        assert clock.monotonic() == 102

    def test_in_the_end_it_has_failed_because_nothing_was_tested(self) -> None:
        (result,) = run(Scripted(script=("away",)))

        assert (result.passed, result.reason) == (False, "could not be run: the cluster is unreachable")
        assert len(KEYS["scripted"]) == 5

    def test_the_others_go_on(self) -> None:
        away, fine = run(Scripted(name="away", script=("away",)), Scripted(name="fine", seconds=600))

        assert (away.passed, fine.passed) == (False, True)


class TestLetThrough:
    def test_a_failure_is_marked_and_does_not_block(self) -> None:
        (result,) = run(Scripted(script=("no",), continue_on_failure=True, retries=1))

        assert (result.passed, result.tolerated, result.blocks) == (False, True, False)
        assert result.outcome == "failed 2 times, and is let through"

    def test_a_success_is_a_success(self) -> None:
        (result,) = run(Scripted(continue_on_failure=True))

        assert (result.passed, result.tolerated, result.outcome) == (True, False, "passed")


class TestKeys:
    """What an attempt is known by, elsewhere and after a restart."""

    def keys(self, *suites: Suite, **more: int) -> list[str]:
        KEYS.clear()
        run(*suites, **more)
        return [key for keys in KEYS.values() for key in keys]

    def test_the_same_attempt_has_the_same_key_in_every_process(self) -> None:
        assert self.keys(Scripted()) == self.keys(Scripted())

    def test_each_attempt_has_one_of_its_own(self) -> None:
        assert len(set(self.keys(Scripted(script=("no",), retries=3)))) == 4

    def test_a_suite_keeps_its_key_where_another_one_is_written_above_it(self) -> None:
        (alone,) = self.keys(Scripted(name="b"))

        assert alone in self.keys(Scripted(name="a"), Scripted(name="b"))

    def test_the_same_suite_twice_is_two(self) -> None:
        assert len(set(self.keys(Scripted(), Scripted()))) == 2

    def test_a_promotion_that_failed_is_tested_anew(self) -> None:
        assert self.keys(Scripted(), round_number=0) != self.keys(Scripted(), round_number=1)


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        (0, "passed"),
        (1, "passed at the 2nd attempt"),
        (2, "passed at the 3rd attempt"),
        (3, "passed at the 4th attempt"),
        (10, "passed at the 11th attempt"),
    ],
)
def test_attempts_are_told_in_words(attempts: int, words: str) -> None:
    failed = tuple(FailedAttempt(reason="no") for _ in range(attempts))

    assert SuiteResult(name="a", passed=True, attempts=failed).outcome == words


def test_let_through_is_logged_loudly(caplog: pytest.LogCaptureFixture) -> None:
    """`promotion.testing` says the final word; see tests/promotion/test_testing.py. Here: each retry is a warning."""
    with caplog.at_level(logging.INFO, "promontory.suites"):
        run(Scripted(script=("no", "ok"), retries=1))

    assert [record.levelname for record in caplog.records] == ["WARNING"]

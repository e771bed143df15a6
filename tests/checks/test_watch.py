"""How long and how often to look: on a clock that jumps to the next moment anybody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from pydantic import PrivateAttr

from promontory.checks.contract import Check, Facilities, Session
from promontory.checks.watch import watch
from promontory.errors import TransientError
from promontory.health import Health, Observation, Verdict
from promontory.model import Place
from promontory.options import Target
from tests.checks.surroundings import facilities

TARGET = Target(Place("web-app", "staging"), "v1.3.0")
HEALTHY = Observation(health=Health.HEALTHY, reason="200", proven=True)
OLD = Observation(health=Health.PROGRESSING, reason="answers v1.2.0, not v1.3.0 yet")
BROKEN = Observation(health=Health.UNHEALTHY, reason="answers 500, not 200")
FAILED = Observation(health=Health.UNHEALTHY, reason="image not found", final=True)
REFUSED = TransientError("connection refused")


class JumpingClock:
    """When all are waiting, time jumps to the earliest of their moments."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._moments: list[float] = []

    def now(self) -> datetime:
        return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        moment = self._seconds + seconds
        self._moments.append(moment)
        try:
            while self._seconds < moment:
                for _ in range(10):  # let the others come to rest first
                    await asyncio.sleep(0)
                if moment == min(self._moments):
                    self._seconds = max(self._seconds, moment)
        finally:
            self._moments.remove(moment)


class Scripted(Check):
    """Sees what its script says, the last item for ever."""

    kind: Literal["scripted"] = "scripted"
    name: str = "scripted"
    _script: list[Observation | Exception] = PrivateAttr(default_factory=list)
    _looked: Callable[[], None] | None = PrivateAttr(default=None)

    @property
    def label(self) -> str:
        return f"{self.name} {{application}}"

    async def observe(self, target: Target, facilities: Facilities) -> Observation:
        if self._looked:
            self._looked()
        seen = self._script[0]
        if len(self._script) > 1:
            self._script.pop(0)
        if isinstance(seen, Exception):
            raise seen
        return seen


class Hanging(Scripted):
    async def observe(self, target: Target, facilities: Facilities) -> Observation:
        await asyncio.sleep(60)
        raise AssertionError("nobody should wait that long")


def scripted(*script: Observation | Exception, **options: object) -> Scripted:
    check = Scripted.model_validate(options)
    check._script.extend(script)
    return check


def run(*checks: Check, clock: JumpingClock | None = None) -> Verdict:
    return asyncio.run(watch(checks, TARGET, facilities(clock or JumpingClock())))


def looks(check: Scripted) -> Sequence[float]:
    """Watch it alone; the moments at which it looked."""
    clock, moments = JumpingClock(), []
    check._looked = lambda: moments.append(clock.monotonic())
    run(check, clock=clock)
    return moments


def test_no_checks_are_healthy_and_prove_nothing() -> None:
    verdict = run()

    assert (verdict.healthy, verdict.proven, verdict.checks) == (True, False, ())


def test_it_waits_through_a_rollout() -> None:
    verdict = run(scripted(REFUSED, OLD, BROKEN, HEALTHY))

    assert verdict.healthy
    assert verdict.proven
    (result,) = verdict.checks
    assert (result.check, result.attempts, result.errors, result.seconds) == ("scripted web-app", 4, 1, 3.0)


@pytest.mark.parametrize("interruption", [OLD, BROKEN, REFUSED])
def test_successes_count_only_in_a_row(interruption: Observation | Exception) -> None:
    verdict = run(scripted(HEALTHY, HEALTHY, interruption, HEALTHY, consecutive=3))

    (result,) = verdict.checks
    assert (result.health, result.attempts, result.reason) == (Health.HEALTHY, 6, "200, 3 times in a row")


@pytest.mark.parametrize(
    ("seen", "health", "reason"),
    [
        (OLD, Health.UNHEALTHY, "not healthy within 5m: answers v1.2.0, not v1.3.0 yet"),
        (BROKEN, Health.UNHEALTHY, "not healthy within 5m: answers 500, not 200"),
        (REFUSED, Health.UNKNOWN, "not healthy within 5m: connection refused"),
    ],
)
def test_the_deadline_is_a_failure(seen: Observation | Exception, health: Health, reason: str) -> None:
    verdict = run(scripted(seen))

    (result,) = verdict.checks
    assert (verdict.health, result.reason, result.seconds, result.attempts) == (health, reason, 300.0, 300)
    assert not verdict.healthy


def test_a_success_that_does_not_last_to_the_deadline_is_no_success() -> None:
    verdict = run(scripted(*[BROKEN] * 4, HEALTHY, consecutive=3, deadline="6s"))

    assert verdict.reasons == ("scripted web-app: not healthy within 6s: 200, but only 2 of 3 times in a row",)
    assert verdict.health is Health.UNHEALTHY


def test_looks_are_an_interval_apart_unless_asked_to_wait_longer() -> None:
    patient = OLD.model_copy(update={"retry_after": 7.0})
    busy = TransientError("busy", retry_after=4)

    assert looks(scripted(OLD, patient, busy, HEALTHY, interval="2s")) == [0, 2, 9, 13]


def test_nobody_is_made_to_wait_beyond_the_deadline() -> None:
    endless = OLD.model_copy(update={"retry_after": 10_000.0})
    clock = JumpingClock()

    run(scripted(endless, deadline="10s"), clock=clock)

    assert clock.monotonic() == 10


def test_a_check_that_hangs_is_cut_off_at_the_deadline() -> None:
    check = Hanging.model_validate({"deadline": "50ms", "interval": "10ms"})

    verdict = asyncio.run(watch([check], TARGET, facilities()))

    assert verdict.health is Health.UNKNOWN
    assert verdict.checks[0].reason == "not healthy within 50ms: no answer yet"


def test_a_final_failure_ends_the_wait_of_the_others() -> None:
    clock = JumpingClock()

    verdict = run(scripted(OLD, OLD, FAILED, name="pods"), scripted(OLD, name="http"), clock=clock)

    assert clock.monotonic() == 2
    assert verdict.health is Health.UNHEALTHY
    assert verdict.reasons == (
        "pods web-app: image not found",
        "http web-app: no longer waited for: answers v1.2.0, not v1.3.0 yet",
    )
    assert verdict.checks[1].health is Health.PROGRESSING


def test_one_that_is_healthy_does_not_end_the_wait_of_the_others() -> None:
    verdict = run(scripted(HEALTHY), scripted(OLD, OLD, OLD, HEALTHY))

    assert verdict.healthy
    assert [result.attempts for result in verdict.checks] == [1, 4]


def test_the_worst_wins() -> None:
    verdict = run(scripted(HEALTHY), scripted(BROKEN, deadline="3s"), scripted(REFUSED, deadline="3s"))

    assert verdict.health is Health.UNHEALTHY


def test_a_check_with_a_bug_is_unknown_for_good_and_does_not_crash() -> None:
    verdict = run(scripted(OLD, KeyError("status")))

    (result,) = verdict.checks
    assert (result.health, result.reason, result.attempts) == (Health.UNKNOWN, "KeyError: 'status'", 2)


def test_progress_is_told_when_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "promontory.checks")

    run(scripted(OLD, OLD, OLD, REFUSED, REFUSED, HEALTHY, consecutive=3))

    assert caplog.messages == [
        "verify-staging: answers v1.2.0, not v1.3.0 yet",
        "verify-staging: connection refused",
        "verify-staging: 200, 3 times in a row",
    ]


def test_cancelling_the_watch_cancels_its_looks() -> None:
    async def cancel() -> int:
        check = Hanging.model_validate({"deadline": "1h"})
        watching = asyncio.create_task(watch([check, check], TARGET, facilities()))
        await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return len(asyncio.all_tasks())

    assert asyncio.run(cancel()) == 1


def test_healthy_must_last_as_long_as_asked() -> None:
    check = scripted(HEALTHY, OLD, HEALTHY, stable_for="5s", interval="2s")

    result = run(check).checks[0]

    assert (result.health, result.attempts, result.seconds) == (Health.HEALTHY, 6, 9.0)


def test_what_does_not_last_until_the_deadline_has_failed() -> None:
    result = run(scripted(*[HEALTHY, OLD] * 10, stable_for="5s", deadline="10s")).checks[0]

    assert result.health is Health.UNHEALTHY
    assert result.reason.startswith("not healthy within 10s: ")


class Told(Scripted):
    """Somebody tells when there is something new to see."""

    _at: float = PrivateAttr(default=3.0)

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        looks, at = self, self._at

        class Telling:
            async def observe(self) -> Observation:
                return await looks.observe(target, facilities)

            async def changed(self) -> None:
                await facilities.clock.sleep(at)

        yield Telling()


def test_it_looks_again_as_soon_as_something_changed() -> None:
    check = Told(interval=timedelta(minutes=1), deadline=timedelta(minutes=5))
    check._script.extend([OLD, HEALTHY])

    result = run(check).checks[0]

    assert (result.health, result.seconds) == (Health.HEALTHY, 3.0)


def test_who_asked_to_be_left_alone_is_left_alone_whatever_changes() -> None:
    check = Told(interval=timedelta(seconds=1), deadline=timedelta(minutes=5))
    check._script.extend([TransientError("429", retry_after=30.0), HEALTHY])

    assert run(check).checks[0].seconds == 30.0


def test_the_last_error_is_told_even_where_it_passed() -> None:
    result = run(scripted(REFUSED, HEALTHY)).checks[0]

    assert (result.health, result.errors, result.last_error) == (Health.HEALTHY, 1, "connection refused")

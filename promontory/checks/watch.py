"""Watch an environment until its checks are satisfied, have failed, or are out of time.

It knows how long and how often to look; what a look sees is each check's own business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from promontory.checks.contract import Check
from promontory.clock import Clock
from promontory.errors import TransientError
from promontory.model import CheckResult, Health, Observation, Verdict, worst
from promontory.options import Target, format_duration

logger = logging.getLogger("promontory.checks")


async def watch(checks: Sequence[Check], target: Target, clock: Clock) -> Verdict:
    """All checks side by side; the worst wins, and the first that fails for good ends the wait of the others.

    No checks: healthy, and not proven.
    """
    watched = [_Watched(check, target, clock, alone=len(checks) == 1) for check in checks]
    tasks = [asyncio.create_task(one.run()) for one in watched]
    try:
        for task in asyncio.as_completed(tasks):
            if not await task:
                break
    finally:
        for running in tasks:
            running.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    results = tuple(one.result() for one in watched)
    return Verdict(health=worst(*(result.health for result in results)), checks=results)


class _Watched:
    """One check and what has been seen of it."""

    def __init__(self, check: Check, target: Target, clock: Clock, *, alone: bool) -> None:
        self._check, self._target, self._clock = check, target, clock
        self._name = target.fill(check.label)
        # In the log a check that is the only one needs no name.
        self._prefix = "" if alone else f"{self._name}: "
        self._started = clock.monotonic()
        self._ended: float | None = None
        self._last: Observation | None = None
        self._said = ""
        self._attempts = self._errors = self._in_a_row = 0

    async def run(self) -> bool:
        """Whether it became healthy."""
        while self._remaining() > 0:
            wait = await self._look()
            if wait is None or self._done():
                break
            await self._clock.sleep(max(0.0, min(wait, self._remaining())))
        self._conclude()
        return self._satisfied()

    def _remaining(self) -> float:
        return self._check.deadline.total_seconds() - (self._clock.monotonic() - self._started)

    async def _look(self) -> float | None:
        """Look once; returns how long to wait before the next time, None when the deadline cut it off."""
        self._attempts += 1
        retry_after = None
        try:
            # In real seconds whatever the clock: it is the outside world that hangs.
            async with asyncio.timeout(self._remaining()) as limit:
                seen = await self._check.observe(self._target)
        except TransientError as error:
            self._errors += 1
            retry_after, seen = error.retry_after, Observation(health=Health.UNKNOWN, reason=error.message)
        except Exception as error:  # a check with a bug must not take the promotion down with it
            if isinstance(error, TimeoutError) and limit.expired():
                return None
            logger.debug("%s raised", self._name, exc_info=True)
            self._errors += 1
            seen = Observation(health=Health.UNKNOWN, reason=f"{type(error).__name__}: {error}", final=True)
        self._remember(seen)
        return max(self._check.interval.total_seconds(), retry_after or seen.retry_after or 0.0)

    def _remember(self, seen: Observation) -> None:
        self._last = seen
        healthy = seen.health is Health.HEALTHY
        self._in_a_row = self._in_a_row + 1 if healthy else 0
        if not healthy:
            self._say(seen.reason)

    def _satisfied(self) -> bool:
        healthy = self._last is not None and self._last.health is Health.HEALTHY
        return healthy and (self._in_a_row >= self._check.consecutive or bool(self._last and self._last.final))

    def _done(self) -> bool:
        return self._satisfied() or (self._last is not None and self._last.final)

    def _conclude(self) -> None:
        self._ended = self._clock.monotonic()
        self._say(self._reason())

    def _say(self, reason: str) -> None:
        if reason == self._said:
            return
        self._said = reason
        logger.info("verify-%s: %s%s", self._target.place.environment, self._prefix, reason)

    def result(self) -> CheckResult:
        last = self._last or Observation(health=Health.UNKNOWN)
        ended = self._clock.monotonic() if self._ended is None else self._ended
        return CheckResult(
            check=self._name,
            health=self._health(),
            reason=self._reason(),
            proven=last.proven,
            attempts=self._attempts,
            errors=self._errors,
            seconds=round(ended - self._started, 3),
            evidence=last.evidence,
        )

    def _health(self) -> Health:
        if self._last is None:
            return Health.UNKNOWN
        out_of_time = self._ended is not None and not self._done()
        flapping = self._last.health is Health.HEALTHY and not self._satisfied()
        if flapping or self._last.health is Health.PROGRESSING:
            return Health.UNHEALTHY if out_of_time else Health.PROGRESSING
        return self._last.health

    def _reason(self) -> str:
        last = self._last.reason if self._last else "no answer yet"
        times = f"{self._in_a_row} times in a row"
        if self._satisfied():
            return f"{last}, {times}" if self._in_a_row > 1 else last
        if self._done():
            return last
        if self._in_a_row:
            last = f"{last}, but only {self._in_a_row} of {self._check.consecutive} times in a row"
        if self._ended is None:
            return f"no longer waited for: {last}"
        return f"not healthy within {format_duration(self._check.deadline)}: {last}"

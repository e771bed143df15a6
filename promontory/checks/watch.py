"""Watch an environment until its checks are satisfied, have failed, or are out of time.

It knows how long and how often to look; what a look sees is each check's own business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from promontory.checks.contract import Check, Facilities, Session
from promontory.errors import PromontoryError, TransientError
from promontory.health import CheckResult, Health, Observation, Verdict, worst
from promontory.options import Target, format_duration

logger = logging.getLogger("promontory.checks")


async def watch(checks: Sequence[Check], target: Target, facilities: Facilities) -> Verdict:
    """All checks side by side; the worst wins, and the first that fails for good ends the wait of the others.

    No checks: healthy, and not proven.
    """
    watched = [_Watched(check, target, facilities, alone=len(checks) == 1) for check in checks]
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

    def __init__(self, check: Check, target: Target, facilities: Facilities, *, alone: bool) -> None:
        self._check, self._target, self._facilities = check, target, facilities
        self._clock = facilities.clock
        self._name = target.fill(check.label)
        # In the log a check that is the only one needs no name.
        self._prefix = "" if alone else f"{self._name}: "
        self._started = self._clock.monotonic()
        self._ended: float | None = None
        self._last: Observation | None = None
        self._said = self._last_error = ""
        self._healthy_since: float | None = None
        self._attempts = self._errors = self._not_healthy = self._in_a_row = 0

    async def run(self) -> bool:
        """Whether it became healthy."""
        async with self._check.session(self._target, self._facilities) as session:
            while self._remaining() > 0:
                seen = await self._look(session)
                if seen is None or self._done():
                    break
                await self._rest(session, seen)
        self._conclude()
        return self._satisfied()

    def _remaining(self) -> float:
        return self._check.deadline.total_seconds() - (self._clock.monotonic() - self._started)

    async def _look(self, session: Session) -> Observation | None:
        """Look once; None when the deadline cut it off."""
        self._attempts += 1
        try:
            # In real seconds whatever the clock: it is the outside world that hangs.
            async with asyncio.timeout(self._remaining()) as limit:
                seen = await session.observe()
        except TransientError as error:
            seen = self._failed(error.message).model_copy(update={"retry_after": error.retry_after})
        except Exception as error:  # a check with a bug must not take the promotion down with it
            if isinstance(error, TimeoutError) and limit.expired():
                return None
            logger.debug("%s raised", self._name, exc_info=True)
            told = error.message if isinstance(error, PromontoryError) else f"{type(error).__name__}: {error}"
            seen = self._failed(told).model_copy(update={"final": True})
        self._remember(seen)
        return seen

    def _failed(self, error: str) -> Observation:
        self._errors += 1
        self._last_error = error
        return Observation(health=Health.UNKNOWN, reason=error)

    async def _rest(self, session: Session, seen: Observation) -> None:
        """Until the next look is due, or until the session says that there is something new to see."""
        interval = self._check.interval.total_seconds()
        if seen.retry_after is not None:
            await self._clock.sleep(self._at_most(max(interval, seen.retry_after)))
            return
        due = (interval, self._until_stable(), seen.again_within)
        seconds = self._at_most(min(each for each in due if each is not None))
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        changing = asyncio.ensure_future(session.changed())
        try:
            await asyncio.wait([sleeping, changing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, changing):
                task.cancel()
            await asyncio.gather(sleeping, changing, return_exceptions=True)

    def _at_most(self, seconds: float) -> float:
        return max(0.0, min(seconds, self._remaining()))

    def _remember(self, seen: Observation) -> None:
        self._last = seen
        healthy = seen.health is Health.HEALTHY
        self._in_a_row = self._in_a_row + 1 if healthy else 0
        if not healthy:
            self._healthy_since = None
            self._not_healthy += seen.health is not Health.UNKNOWN and not seen.undecided
            self._say(seen.reason)
        elif self._healthy_since is None:
            self._healthy_since = self._clock.monotonic()

    def _until_stable(self) -> float | None:
        """Seconds until it has been healthy for long enough; None where it is not healthy, or nothing asks for it."""
        if self._healthy_since is None or not self._check.stable_for:
            return None
        return max(0.0, self._healthy_since + self._check.stable_for.total_seconds() - self._clock.monotonic())

    def _satisfied(self) -> bool:
        if self._last is None or self._last.health is not Health.HEALTHY:
            return False
        lasting = self._in_a_row >= self._check.consecutive and not self._until_stable()
        return lasting or self._last.final

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
            since=last.since,
            attempts=self._attempts,
            errors=self._errors,
            last_error=self._last_error,
            not_healthy=self._not_healthy,
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
        if 0 < self._in_a_row < self._check.consecutive:
            last = f"{last}, but only {self._in_a_row} of {self._check.consecutive} times in a row"
        elif self._in_a_row and self._check.stable_for:
            last = f"{last}, but not for {format_duration(self._check.stable_for)} without a break"
        if self._ended is None:
            return f"no longer waited for: {last}"
        return f"not healthy within {format_duration(self._check.deadline)}: {last}"

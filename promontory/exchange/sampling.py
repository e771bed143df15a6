"""Ask once or many times, a few side by side, and say what came of it."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from promontory.errors import TransientError
from promontory.exchange.answer import Refused, shown_url
from promontory.exchange.call import Call
from promontory.exchange.expect import Expect
from promontory.exchange.judging import judge
from promontory.exchange.latency import milliseconds, percentile, too_slow
from promontory.health import Health, Observation
from promontory.options import Target, format_duration

SIDE_BY_SIDE = 5
_TOLD = ("p50", "p95", "p99", "max")


@dataclass(frozen=True)
class Asking:
    """One request, what is expected of its answer, and the bounds. ``limit`` is that of `judge`."""

    call: Call
    expect: Expect
    target: Target
    within: timedelta
    limit: timedelta

    async def once(self) -> Observation:
        """Raises `TransientError` where there is no answer."""
        seen = await self._look()
        bound = self.expect.latency.get("max")
        if seen.observation.health is Health.HEALTHY and bound and seen.seconds > bound.total_seconds():
            reason = f"answers in {milliseconds(seen.seconds)}, not within {format_duration(bound)}"
            return seen.observation.model_copy(update={"health": Health.UNHEALTHY, "reason": reason})
        return seen.observation

    async def often(self, times: int) -> Observation:
        """Raises `TransientError` where there was no answer at all."""
        looks = await _side_by_side(self._look_at_least, times)
        if all(look.lost for look in looks):
            raise TransientError(f"none of {times} requests was answered: {looks[0].observation.reason}")
        return _together(self.expect, looks)

    async def _look(self) -> _Look:
        from promontory.exchange.client import fetch  # brings httpx, which reading a configuration does not need

        try:
            answer = await fetch(self.call, self.within, stop_at=self.expect.statuses)
        except Refused as refused:
            url = shown_url(self.call.url)
            return _Look(Observation(health=Health.UNHEALTHY, reason=str(refused), evidence={"url": url}))
        # In a thread: what comes from outside can be a megabyte to look through.
        seen = await asyncio.to_thread(judge, self.expect, answer, self.target, self.limit)
        return _Look(seen, answer.seconds)

    async def _look_at_least(self) -> _Look:
        try:
            return await self._look()
        except TransientError as error:
            return _Look(Observation(health=Health.UNKNOWN, reason=error.message), lost=True)


@dataclass(frozen=True)
class _Look:
    observation: Observation
    seconds: float = math.inf
    lost: bool = False

    @property
    def good(self) -> bool:
        return self.observation.health is Health.HEALTHY


async def _side_by_side(look: Callable[[], Awaitable[_Look]], times: int) -> list[_Look]:
    numbers = iter(range(times))

    async def work() -> list[_Look]:
        return [await look() for _ in numbers]

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work()) for _ in range(min(times, SIDE_BY_SIDE))]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the same for all of them: a file of tls: that cannot be read
    return [found for task in tasks for found in task.result()]


def _together(expect: Expect, looks: Sequence[_Look]) -> Observation:
    health, reason = _judge_success(expect, looks) or _judge_latency(expect, looks) or _praise(looks)
    answered = [look.observation for look in looks if not look.lost]
    return Observation(
        health=health,
        reason=reason,
        proven=all(seen.proven for seen in answered),
        retry_after=max((seen.retry_after for seen in answered if seen.retry_after is not None), default=None),
        evidence=_evidence(looks, answered),
    )


def _judge_success(expect: Expect, looks: Sequence[_Look]) -> tuple[Health, str] | None:
    bad = [look.observation for look in looks if not look.good]
    good, total = len(looks) - len(bad), len(looks)
    if good * 100 >= float(expect.success[:-1]) * total:
        return None
    (reason, times), *_ = Counter(seen.reason for seen in bad).most_common(1)
    # An old pod among new ones is waited for; anything else is not.
    passing = all(seen.health is Health.PROGRESSING for seen in bad)
    health = Health.PROGRESSING if passing else Health.UNHEALTHY
    return health, f"{good} of {total} answers are good, not {expect.success}: {reason} ({times} times)"


def _judge_latency(expect: Expect, looks: Sequence[_Look]) -> tuple[Health, str] | None:
    fault = too_slow(expect.latency, [look.seconds for look in looks])
    return (Health.UNHEALTHY, fault) if fault else None


def _praise(looks: Sequence[_Look]) -> tuple[Health, str]:
    good, seconds = sum(look.good for look in looks), [look.seconds for look in looks if not look.lost]
    slow = ", ".join(f"{name} {milliseconds(percentile(name, seconds))}" for name in ("p50", "p95"))
    return Health.HEALTHY, f"{good} of {len(looks)} answers are good, {slow}"


def _evidence(looks: Sequence[_Look], answered: Sequence[Observation]) -> dict[str, object]:
    seconds = [look.seconds for look in looks if look.seconds < math.inf]
    first: Mapping[str, object] = next((seen.evidence for seen in answered if seen.health != "healthy"), {})
    return {
        "url": answered[0].evidence["url"],
        "requests": len(looks),
        "good": sum(look.good for look in looks),
        "statuses": dict(Counter(str(seen.evidence.get("status", "no answer")) for seen in answered)),
        "latency": {name: round(percentile(name, seconds), 4) for name in _TOLD} if seconds else {},
        **({"first_bad_answer": first} if first else {}),
    }

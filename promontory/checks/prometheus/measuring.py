"""One ``prometheus`` check at work: makes its measurements, one a look, and counts what became of them."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from promontory.checks.contract import Facilities
from promontory.checks.prometheus.api import Api
from promontory.checks.prometheus.condition import parse
from promontory.checks.prometheus.options import PrometheusOptions
from promontory.checks.prometheus.query import fill_query
from promontory.checks.prometheus.samples import Sampling, Taken
from promontory.checks.prometheus.terms import Undefined
from promontory.errors import TransientError, UsageError
from promontory.exchange.answer import Refused, shown_url
from promontory.exchange.request import fill_url
from promontory.health import Health, Observation
from promontory.options import Target

MOST_TOLD = 20
MOST_NUMBERS = 5

Outcome = Literal["passed", "failed", "no data"]


@dataclass(frozen=True)
class Measurement:
    """``why`` there is no data, where there is none."""

    at: datetime
    outcome: Outcome
    taken: Taken
    why: str = ""

    def __str__(self) -> str:
        return self.why or _told(self.taken)

    @property
    def evidence(self) -> dict[str, object]:
        numbers = [sample.result for sample in self.taken.samples[:MOST_NUMBERS]]
        return {"at": self.at.isoformat(timespec="seconds"), "outcome": self.outcome, "result": _written(numbers)}


class Measuring:
    """A `Session`."""

    def __init__(self, options: PrometheusOptions, target: Target, facilities: Facilities) -> None:
        self._options, self._target, self._facilities = options, target, facilities
        self._condition = parse(options.condition)
        self._query = fill_query(options.query, target)
        self._since = target.since or facilities.clock.now()
        self._sampling: Sampling | None = None
        self._made: list[Measurement] = []
        self._errors = 0

    async def changed(self) -> None:
        await asyncio.Event().wait()

    async def observe(self) -> Observation:
        now = self._facilities.clock.now()
        begin = self._since + self._options.delay
        if (left := (begin - now).total_seconds()) > 0:
            moment = begin.isoformat(timespec="seconds")
            reason = f"measured from {moment} on: until then the data is of the time before the push"
            return self._seen(Health.PROGRESSING, reason, retry_after=left)
        try:
            taken = await self.sample(now)
        except TransientError as error:
            return self._missed(error)
        except UsageError as error:
            return self._seen(Health.UNKNOWN, error.message, final=True)
        self._errors = 0
        made = self._measured(now, taken)
        if made.outcome == "no data" and self._options.no_data == "wait":
            return self._seen(Health.PROGRESSING, f"{made}; measured again")
        self._made.append(made)
        return self._judged()

    async def sample(self, now: datetime) -> Taken:
        """What the query gives now. Raises `UsageError` where waiting mends nothing, else `TransientError`."""
        if self._sampling is None:
            self._sampling = self._opened()
        return await self._sampling.take(now)

    def _opened(self) -> Sampling:
        options = self._options
        try:
            url = fill_url(options.server, self._target)
            call = options.call(url, self._target, self._facilities.tokens.for_url)
        except Refused as refused:
            raise UsageError(str(refused)) from None
        before = options.baseline if self._condition.uses_baseline else None
        return Sampling(Api(call, options.timeout), self._query, self._since, options.over, before, options.delay)

    def _missed(self, error: TransientError) -> Observation:
        self._errors += 1
        limit = self._options.consecutive_error_limit
        if limit is None or self._errors <= limit:
            raise error
        reason = f"no answer {self._errors} times in a row, more than {limit}: {error.message}"
        return self._seen(Health.UNKNOWN, reason, final=True)

    def _measured(self, now: datetime, taken: Taken) -> Measurement:
        if not taken.samples:
            return Measurement(now, "no data", taken, "the query gives no data")
        try:
            holds = self._condition.holds(list(taken.samples))
        except Undefined as undefined:
            return Measurement(now, "no data", taken, f"{_told(taken)}: {undefined}")
        return Measurement(now, "passed" if holds else "failed", taken)

    def _judged(self) -> Observation:
        options, made = self._options, self._made
        counted = self._counted()
        done, failed = len(made), counted["failed"]
        if failed > options.failure_limit:
            worst = next(one for one in reversed(made) if _counts_as(one, options.no_data) == "failed")
            reason = (
                f"{failed} of {_measurements(done)} failed, {options.failure_limit or 'none'} may: {self._fault(worst)}"
            )
            return self._seen(Health.UNHEALTHY, reason, final=True)
        so_far = f"{done} of {_measurements(options.count)} made, {failed} failed, the last: {made[-1]}"
        if done < options.count:
            return self._seen(Health.PROGRESSING, so_far)
        if not counted["failed"] + counted["passed"]:
            return self._seen(Health.UNHEALTHY, f"none of {_measurements(done)} had data: {made[-1]}", final=True)
        return self._seen(Health.HEALTHY, so_far, final=True)

    def _fault(self, measurement: Measurement) -> str:
        return measurement.why or f"{measurement}, which is not {self._condition.text}"

    def _counted(self) -> Counter[str]:
        return Counter(_counts_as(one, self._options.no_data) for one in self._made)

    def _seen(
        self, health: Health, reason: str, *, final: bool = False, retry_after: float | None = None
    ) -> Observation:
        warnings = self._made[-1].taken.warnings if self._made else ()
        told = f" (the server warns: {warnings[0]})" if warnings else ""
        return Observation(
            health=health,
            reason=reason + told,
            final=final,
            undecided=not final,
            retry_after=retry_after,
            evidence=self._evidence(warnings),
        )

    def _evidence(self, warnings: Sequence[str]) -> dict[str, object]:
        counted = self._counted()
        made = self._made[-MOST_TOLD:]
        baselines = (
            [sample.baseline for sample in made[-1].taken.samples if sample.baseline is not None] if made else []
        )
        told: dict[str, object] = {
            "server": shown_url(fill_url(self._options.server, self._target)),
            "query": self._query,
            "condition": self._condition.text,
            "measurements": {"wanted": self._options.count, "made": len(self._made), **counted},
            "results": [one.evidence for one in made],
        }
        extra = {
            "baseline": _written(baselines[:MOST_NUMBERS]),
            "warnings": list(warnings),
            "doubts": self._options.doubts,
        }
        return told | {name: value for name, value in extra.items() if value not in ((), [], None)}


def _counts_as(measurement: Measurement, no_data: str) -> str:
    if measurement.outcome != "no data":
        return measurement.outcome
    return {"fail": "failed", "pass": "passed"}.get(no_data, "no data")


def _measurements(number: int) -> str:
    return f"{number} measurement{'' if number == 1 else 's'}"


def _told(taken: Taken) -> str:
    """``result 0.0021, baseline 0.004``; of several numbers the smallest and the largest."""
    told = f"result {_span([sample.result for sample in taken.samples])}"
    if taken.series > 1:
        told += f" of {taken.series} series"
    before = [sample.baseline for sample in taken.samples if sample.baseline is not None]
    return f"{told}, baseline {_span(before)}" if before else told


def _span(numbers: Sequence[float]) -> str:
    low, high = f"{min(numbers):.4g}", f"{max(numbers):.4g}"
    return low if low == high else f"{low} to {high}"


def _written(numbers: Sequence[float]) -> object:
    """For the evidence, which is JSON: infinity is text there."""
    told = [number if math.isfinite(number) else f"{number:+}" for number in numbers]
    return told[0] if len(told) == 1 else told

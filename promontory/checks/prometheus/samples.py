"""What a query gives now, beside what it gave before the promotion. It judges nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from promontory.checks.prometheus.api import Api, Result, Series
from promontory.checks.prometheus.options import Baseline, Range
from promontory.checks.prometheus.terms import Sample

BASELINE_POINTS = 120
SHORTEST_STEP = timedelta(seconds=1)

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Taken:
    """``samples`` is empty where there is no data; NaN counts as none."""

    samples: tuple[Sample, ...]
    series: int = 0
    warnings: tuple[str, ...] = ()


@dataclass
class Sampling:
    """One query, looked at since a push. The baseline is asked for once, when there is one."""

    api: Api
    query: str
    since: datetime
    over: Range | None = None
    before: Baseline | None = None
    delay: timedelta = timedelta(0)
    _baseline: Mapping[Labels, float] = field(default_factory=dict)

    async def take(self, now: datetime) -> Taken:
        """Raises what `Api` raises."""
        if self.before and not self._baseline:
            self._baseline = await self._average(self.before)
        result = await self._ask(now)
        numbers = [(each, _numbers(each)) for each in result.series]
        present = [(each, found) for each, found in numbers if found]
        samples = [
            Sample(number, self._before(each, alone=len(present) == 1)) for each, found in present for number in found
        ]
        return Taken(tuple(samples), len(present), result.warnings)

    async def _ask(self, now: datetime) -> Result:
        if self.over is None:
            return await self.api.at(self.query, now)
        # What the query looks back by is of the release before, until that has passed.
        start = max(now - self.over.window, min(self.since + self.delay, now))
        return await self.api.over(self.query, start, now, self.over.step)

    async def _average(self, before: Baseline) -> Mapping[Labels, float]:
        end = self.since - before.offset
        step = max(before.window / BASELINE_POINTS, SHORTEST_STEP)
        result = await self.api.over(self.query, end - before.window, end, step)
        finite = {each.labels: [value for value in each.values if math.isfinite(value)] for each in result.series}
        return {labels: math.fsum(found) / len(found) for labels, found in finite.items() if found}

    def _before(self, series: Series, *, alone: bool) -> float | None:
        """Of the same labels; where there is one series now and one before, their labels may differ."""
        if alone and len(self._baseline) == 1:
            return next(iter(self._baseline.values()))
        return self._baseline.get(series.labels)


def _numbers(series: Series) -> Sequence[float]:
    return [value for value in series.values if not math.isnan(value)]

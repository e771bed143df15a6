"""The ``prometheus`` check: measures a few times what a query gives, and judges each by a condition.

As in the analyses of Argo Rollouts there is a number of measurements, an interval, and so many that may fail. A healthy
result says nothing of which release it was measured on, so it proves none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from promontory.checks.contract import Facilities, Session
from promontory.checks.prometheus.measuring import Measuring
from promontory.checks.prometheus.options import PrometheusOptions
from promontory.exchange.findings import RELEASE
from promontory.options import Remark, Target


class PrometheusCheck(PrometheusOptions):
    """Healthy when ``count`` measurements were made, of which ``failure_limit`` may have failed."""

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        yield Measuring(self, target, facilities)

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:
        """The query is asked once: whether the server takes it, and whether there is anything to measure."""
        taken = await Measuring(self, target, facilities).sample(facilities.clock.now())
        if taken.samples or (RELEASE in self.query and not target.release):
            return ()
        remedy = f"correct the query, or let no_data: (now {self.no_data}) say what that means"
        return (Remark(f"{target.fill(self.label)} gives no data at present", remedy),)

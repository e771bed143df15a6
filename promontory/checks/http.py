"""The ``http`` check: requests, and what their answers say about health and about the release.

What can be asked and expected is the business of `promontory.exchange`; how often to look is `watch`'s.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from promontory.checks.contract import Check, Facilities
from promontory.exchange.answer import Refused
from promontory.exchange.expect import ALL, Expect
from promontory.exchange.request import HttpRequest
from promontory.exchange.sampling import Asking
from promontory.health import Health, Observation
from promontory.options import Duration, Remark, Target


class HttpCheck(HttpRequest, Check):
    """Healthy when the answer is as expected; ``timeout`` bounds one request, its redirects included."""

    kind: Literal["http"]
    expect: Expect = Field(default=Expect(), description="What a good answer is. Left out: any with the status 200.")
    timeout: Duration = Field(
        default=timedelta(seconds=5), description="How long one request may take, with its redirects."
    )
    requests: int = Field(
        default=1, ge=1, le=1000, description="How many requests one look makes, five side by side at most."
    )

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.requests == 1 and (self.expect.success != ALL or self.expect.latency.keys() - {"max"}):
            raise ValueError(
                "percentiles and a share of successes are about several requests: say how many, requests: 50"
            )
        return self

    @property
    def label(self) -> str:
        return self.shown

    @property
    def proves_release(self) -> bool:
        return self.expect.proves_release

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:
        """Whether there is a token, and the files of ``tls:``. Nothing is asked: it need not be a GET."""
        try:
            self.for_target(target, facilities.tokens.for_url).tls.context()
        except Refused as refused:
            return (Remark(str(refused)),)
        return ()

    async def observe(self, target: Target, facilities: Facilities) -> Observation:
        try:
            call = self.for_target(target, facilities.tokens.for_url)
        except Refused as refused:
            return Observation(health=Health.UNHEALTHY, reason=str(refused), final=True)
        asking = Asking(call, self.expect, target, self.timeout, self.deadline)
        seen = await (asking.once() if self.requests == 1 else asking.often(self.requests))
        return (
            seen.model_copy(update={"evidence": {**seen.evidence, "doubts": list(self.doubts)}})
            if self.doubts
            else seen
        )

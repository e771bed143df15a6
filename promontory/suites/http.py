"""The ``http`` suite: a request whose answer decides. What can be asked and expected is `promontory.exchange`'s."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from promontory.errors import TransientError
from promontory.exchange.answer import Refused
from promontory.exchange.expect import Expect
from promontory.exchange.request import HttpRequest
from promontory.exchange.sampling import Asking
from promontory.health import Health
from promontory.options import Duration
from promontory.suites.contract import Attempt, Facilities, Outcome, Suite

# Asking these twice changes nothing (RFC 9110, 9.2.1).
_SAFE = ("GET", "HEAD", "OPTIONS")


class HttpSuite(HttpRequest, Suite):
    """Passes when the answer is as expected."""

    kind: Literal["http"]
    expect: Expect = Field(default=Expect(), description="What a good answer is. Left out: any with the status 200.")
    timeout: Duration = Field(default=timedelta(seconds=30), description="How long the answer may take, e.g. 2m.")

    @property
    def label(self) -> str:
        return f"http {self.shown}"

    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        try:
            call = self.for_target(attempt.target, facilities.tokens.for_url)
            seen = await Asking(call, self.expect, attempt.target, self.timeout, self.timeout).once()
        except Refused as refused:
            return Outcome(str(refused))
        except TransientError as error:
            if self.method in _SAFE:
                raise
            # What it did is not known, and it may not be done twice.
            return Outcome(error.message)
        return Outcome("" if seen.health is Health.HEALTHY else seen.reason)

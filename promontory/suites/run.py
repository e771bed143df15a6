"""Run the suites of one environment side by side, each as often as its ``retries`` allow."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from promontory.errors import PromontoryError, TransientError
from promontory.model import FailedAttempt, SuiteResult
from promontory.options import Target
from promontory.suites.contract import Attempt, Facilities, Outcome, Suite

logger = logging.getLogger("promontory.suites")

# Where beginning it fails, not the test: so many tries, each after a longer rest (seconds).
_RESTS = (2.0, 4.0, 8.0, 16.0)
_LONGEST_REST = 120.0


async def run_all(
    suites: Sequence[Suite], target: Target, promotion: str, facilities: Facilities, round_number: int = 0
) -> tuple[SuiteResult, ...]:
    """Their results, in their order; none waits for another one, and none is ended because another one failed.

    ``round_number`` tells apart several times that the same promotion was tested: how often it has failed already.
    """
    keys = _keys(suites, target, promotion, round_number)
    attempts = [Attempt(target, promotion, key) for key in keys]
    tasks = [
        asyncio.create_task(_run(suite, attempt, facilities)) for suite, attempt in zip(suites, attempts, strict=True)
    ]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(suite: Suite, attempt: Attempt, facilities: Facilities) -> SuiteResult:
    clock, name = facilities.clock, attempt.target.fill(suite.label)
    failed: list[FailedAttempt] = []
    began = clock.monotonic()
    while True:
        started = clock.monotonic()
        numbered = replace(attempt, key=_key(attempt.key, str(len(failed))))
        outcome = await _attempted(suite, numbered, facilities)
        if outcome.passed or outcome.final or len(failed) >= suite.retries:
            break
        failed.append(FailedAttempt(reason=outcome.reason, seconds=round(clock.monotonic() - started, 3)))
        logger.warning("%s: %s failed and is tried again: %s", attempt.name, name, outcome.reason)
    return SuiteResult(
        name=name,
        passed=outcome.passed,
        reason=outcome.reason,
        output=outcome.output,
        seconds=round(clock.monotonic() - began, 3),
        attempts=tuple(failed),
        tolerated=suite.continue_on_failure and not outcome.passed,
        report=outcome.report,
        url=outcome.url,
    )


async def _attempted(suite: Suite, attempt: Attempt, facilities: Facilities) -> Outcome:
    """A suite that cannot be run has failed: what was not tested is not let through."""
    for rest in (*_RESTS, None):
        try:
            return await suite.run(attempt, facilities)
        except TransientError as error:
            if rest is None:
                return Outcome(f"could not be run: {error.message}")
            logger.info("%s: %s, trying again: %s", attempt.name, suite.kind, error.message)
            await facilities.clock.sleep(min(max(rest, error.retry_after or 0), _LONGEST_REST))
        except PromontoryError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            return Outcome(f"could not be run: {error.message}{remedy}", final=True)
    raise AssertionError("not reached")  # pragma: no cover


def _keys(suites: Sequence[Suite], target: Target, promotion: str, round_number: int) -> list[str]:
    """By what a suite says, not where it stands, so that another one above it changes nothing."""
    place, seen = target.place, Counter[str]()
    keys: list[str] = []
    for suite in suites:
        said = json.dumps(suite.model_dump(mode="json"), sort_keys=True)
        seen[said] += 1
        about = (promotion, place.application, place.environment, target.release)
        keys.append(_key(*about, str(round_number), said, str(seen[said])))
    return keys


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:12]

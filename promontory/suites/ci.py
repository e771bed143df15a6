"""What suites that run in a forge's CI have in common: begin a run once, know it among others, follow it, end it.

A forge does not always say which run it has started. Then ours is the only new one that our account has begun there;
where there are several, nobody guesses.
"""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from promontory.ci_runs import CiRun, CiRuns, CodeRepository
from promontory.errors import ForgeError, ForgeNotFound, PromontoryError, TransientError
from promontory.options import Template, check_template
from promontory.suites.contract import Attempt, Facilities, Outcome, Suite
from promontory.suites.following import Patience, begin, clean_up

logger = logging.getLogger("promontory.suites")

_INTERVAL = 10.0
# A run shows up in lists a moment after it was started; a second look finds one that was slower than somebody else's.
_APPEARS = timedelta(minutes=2)
_APPEARS_INTERVAL = 5.0
# Clocks differ, and a list of runs is asked for by their time.
_SKEW = timedelta(minutes=5)
# No longer does a run wait for its restart.
_TAKEN_UP = timedelta(days=2)
_MOST_JOBS = 10


def _as_text(value: object) -> object:
    """YAML's ``true`` and ``3`` are what people write for a workflow's inputs, which are texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _check_url(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "@" in url or not url.isprintable() or " " in url:
        raise ValueError("give the forge's address, without a user name: https://github.com")
    return url


def _check_repository(name: str) -> str:
    check_template(name)
    parts = name.split("/")
    if len(parts) < 2 or not all(parts) or {".", ".."} & set(parts) or not name.isprintable():
        raise ValueError(f"{name!r} is no repository: write owner/name")
    return name


def _check_ref(name: str) -> str:
    check_template(name)
    if name.startswith("-") or not name.isprintable() or any(mark in name for mark in " ~^:?*[\\"):
        raise ValueError(f"{name!r} is neither a branch nor a tag")
    return name


InputValue = Annotated[Template, BeforeValidator(_as_text)]
InputName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,99}$")]
Ref = Annotated[str, Field(min_length=1), AfterValidator(_check_ref)]
ForgeUrl = Annotated[str, AfterValidator(_check_url)]
RepositoryName = Annotated[str, AfterValidator(_check_repository)]
Runs = TypeVar("Runs", bound=CiRuns)


@dataclass(frozen=True)
class Begun(Generic[Runs]):
    """An attempt at work in one repository."""

    runs: Runs
    attempt: Attempt
    facilities: Facilities


class ForgeSuite(Suite):
    """Asks a repository on a forge."""

    repository: RepositoryName | None = Field(
        default=None, description="The repository, e.g. acme/web-app. Left out: the GitOps repository."
    )
    url: ForgeUrl | None = Field(
        default=None, description="Its forge, e.g. https://github.com. Left out: the GitOps repository's forge."
    )

    def where(self, attempt: Attempt, kind: str | None) -> CodeRepository:
        named = attempt.target.fill(self.repository) if self.repository else None
        return CodeRepository(kind=kind, url=self.url, repository=named)


class CiSuite(ForgeSuite, Generic[Runs]):
    """Passes when the run that it has started succeeds."""

    ref: Ref = Field(default="main", description="The branch or tag that it runs on.")

    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        work = Begun(self.open(attempt, facilities), attempt, facilities)
        run = await begin(self._own(work), partial(self._ended, work), self._what(attempt))
        logger.info("%s: %s: %s", attempt.name, self._what(attempt), run.url or run.number)
        return await self._followed(work, run)

    @abstractmethod
    def open(self, attempt: Attempt, facilities: Facilities) -> Runs: ...

    @abstractmethod
    def start(self, work: Begun[Runs]) -> CiRun | None:
        """Start it; None where the forge does not say which run that is. Blocks."""

    @abstractmethod
    def begun(self, work: Begun[Runs], since: datetime, *, marked: bool) -> Collection[CiRun]:
        """Runs like ours that our account has started since then; ``marked``: that carry the attempt's key. Blocks."""

    @property
    @abstractmethod
    def marks(self) -> bool:
        """Whether a run carries the attempt's key, so that it is known among others."""

    async def _own(self, work: Begun[Runs]) -> CiRun:
        return await self._taken_up(work) or await self._begun(work)

    async def _ended(self, work: Begun[Runs], run: CiRun) -> None:
        await asyncio.to_thread(work.runs.cancel, run.number)

    def _what(self, attempt: Attempt) -> str:
        return attempt.target.fill(self.label)

    async def _taken_up(self, work: Begun[Runs]) -> CiRun | None:
        """The run that a process before this one started, and did not live to see."""
        if not self.marks:
            return None
        since = work.facilities.clock.now() - _TAKEN_UP
        found = [run for run in await self._known(work, since, marked=True) if not run.cancelled]
        return max(found, key=lambda run: run.number, default=None)

    async def _begun(self, work: Begun[Runs]) -> CiRun:
        since = work.facilities.clock.now() - _SKEW
        before = {run.number for run in await self._known(work, since, marked=self.marks)}
        unanswered: TransientError | None = None
        try:
            if started := await asyncio.to_thread(self.start, work):
                return started
        except TransientError as error:
            # Whether it was started is not known, so we look.
            unanswered = error
        found = await self._appeared(work, since, before)
        if found is not None:
            return found
        raise unanswered or ForgeError(
            f"{self._what(work.attempt)} was started, and does not show up in the list of runs",
            "is another account's token used there? Look at the list of runs",
        )

    async def _appeared(self, work: Begun[Runs], since: datetime, before: Collection[int]) -> CiRun | None:
        seen: set[int] = set()

        async def look() -> CiRun | None:
            new = [run for run in await self._known(work, since, marked=self.marks) if run.number not in before]
            if len(new) > 1 and not self.marks:
                raise ForgeError(
                    f"{len(new)} runs of {self._what(work.attempt)} were started at once, and which one is ours "
                    "cannot be told",
                    "let the run carry a mark of its own: nonce:",
                )
            alone = {run.number for run in new}
            sure = alone and (self.marks or alone == seen)
            seen.clear()
            seen.update(alone)
            return new[0] if sure else None

        return await Patience(work.facilities.clock, _APPEARS, _APPEARS_INTERVAL).until(look)

    async def _known(self, work: Begun[Runs], since: datetime, *, marked: bool) -> Collection[CiRun]:
        return await asyncio.to_thread(self.begun, work, since, marked=marked)

    async def _followed(self, work: Begun[Runs], run: CiRun) -> Outcome:
        patience = Patience(work.facilities.clock, self.timeout, _INTERVAL)
        is_new = Patience(work.facilities.clock, _APPEARS, _INTERVAL)

        async def look() -> CiRun | None:
            try:
                seen = await asyncio.to_thread(work.runs.run, run.number)
            except ForgeNotFound:
                if not is_new.left:
                    raise
                return None
            return seen if seen.finished else None

        ended: CiRun | None = None
        try:
            ended = await patience.until(look)
        finally:
            if ended is None:
                await clean_up(self._ended(work, run), f"{self._what(work.attempt)} {run.url}")
        if ended is None:
            return Outcome(f"{patience.over}, and was cancelled: {run.url}", url=run.url)
        return await self._judged(work, ended)

    async def _judged(self, work: Begun[Runs], run: CiRun) -> Outcome:
        if run.passed:
            return Outcome(url=run.url)
        try:
            failed = await asyncio.to_thread(work.runs.failed_jobs, run.number)
        except PromontoryError as error:
            logger.info("%s: which jobs failed cannot be told: %s", work.attempt.name, error.message)
            failed = ()
        names = ", ".join(job.name for job in failed[:_MOST_JOBS]) + (", …" if len(failed) > _MOST_JOBS else "")
        output = "".join(f"{job.name}: {job.url}\n" for job in failed[:_MOST_JOBS])
        said = f"{run.word}: {names}" if names else run.word
        return Outcome(f"{said} ({run.url})" if run.url else said, output, url=run.url)

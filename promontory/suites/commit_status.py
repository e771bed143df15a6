"""The ``commit-status`` suite: waits for a status or check that others report on the commit of the release."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from promontory.ci_runs import CodeRepository, Report
from promontory.errors import ForgeNotFound, ForgeRefused
from promontory.options import check_template
from promontory.suites.ci import ForgeSuite, Ref
from promontory.suites.contract import Attempt, Facilities, Outcome
from promontory.suites.following import Patience

logger = logging.getLogger("promontory.suites")

_INTERVAL = 15.0
_APPEARS = timedelta(minutes=2)
_NO_SUCH_COMMIT = 422


class CommitStatusSuite(ForgeSuite):
    """Passes when the status is a success; a failure, and one that nobody reports in time, are failures."""

    kind: Literal["commit-status"]
    context: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(check_template)] = Field(
        description="The status' or check's name, e.g. ci/build."
    )
    forge: Literal["github", "gitlab", "gitea"] | None = Field(
        default=None, description="What the forge at url: is, where its address does not say so."
    )
    ref: Ref | None = Field(
        default=None,
        description='The commit, tag or branch whose status it is, e.g. "v{release}". Left out: the commit that the '
        "release was made of.",
    )

    @property
    def label(self) -> str:
        return f"commit-status {self.context}"

    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        name = attempt.target.fill(self.context)
        commit, where = await self._commit(attempt, facilities)
        reports = facilities.forges.reports(where)
        patience = Patience(facilities.clock, self.timeout, _INTERVAL)
        is_new = Patience(facilities.clock, _APPEARS, _INTERVAL)
        last = f"nobody has reported {name} on {commit[:12]}"

        async def look() -> Outcome | None:
            nonlocal last
            try:
                found = await asyncio.to_thread(reports.of_commit, commit, name)
            except (ForgeNotFound, ForgeRefused) as error:
                if not is_new.left or (isinstance(error, ForgeRefused) and error.status != _NO_SUCH_COMMIT):
                    raise
                # The commit may be on its way there.
                last = error.message
                return None
            outcome, last = _judged(found, name, commit)
            return outcome

        outcome = await patience.until(look)
        return outcome or Outcome(f"{patience.over}: {last}")

    async def _commit(self, attempt: Attempt, facilities: Facilities) -> tuple[str, CodeRepository]:
        named = self.where(attempt, self.forge)
        if self.ref:
            return attempt.target.fill(self.ref), named
        source = await facilities.code.source()
        if named.repository or named.url:
            return source.commit, named
        return source.commit, CodeRepository(kind=self.forge, git_url=source.git_url)


def _judged(found: Collection[Report], name: str, commit: str) -> tuple[Outcome | None, str]:
    """The worst of all that carry this name counts; None as long as it is open."""
    failed = [report for report in found if report.state == "failure"]
    if failed:
        return Outcome(f"{failed[0]} (on {commit[:12]})"), ""
    waiting = [report for report in found if report.state == "pending"]
    if waiting:
        return None, f"{waiting[0]} (on {commit[:12]})"
    return (Outcome(), "") if found else (None, f"nobody has reported {name} on {commit[:12]}")

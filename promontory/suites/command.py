"""The ``command`` suite: a program whose exit code, and whose reports, are the result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from promontory.model import CaseReport
from promontory.options import Template
from promontory.processes.program import Command, VariableName, fault, run_program, shown
from promontory.suites.contract import Attempt, Facilities, Outcome, Suite
from promontory.suites.junit import check_pattern, read_reports

Pattern = Annotated[str, AfterValidator(check_pattern)]


class CommandSuite(Suite):
    """Passes when the program exits with 0 and no test failed in its reports.

    A ``run`` that is one string is split as a POSIX shell would, and only then are the placeholders filled:
    a release is always one argument, or part of one.
    """

    kind: Literal["command"]
    command: Command = Field(
        alias="run", description="The program and its arguments: one string, or a list. No shell is started."
    )
    env: dict[VariableName, Template] = Field(default={}, description="Environment variables that are set for it.")
    workdir: Literal["repository", "release", "plan", "empty"] = Field(
        default="repository",
        description="Where it runs. repository: a working tree of the GitOps repository; release: one of the commit "
        "that the release was made of; plan: the files as they would be after the push; empty: an empty directory.",
    )
    junit: Pattern | None = Field(
        default=None,
        description="The reports in JUnit's XML that it writes, e.g. reports/*.xml. With it a failed test, or no "
        "report, is a failure whatever the exit code.",
    )

    @property
    def label(self) -> str:
        return f"command {shown(self.command)}"

    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        async with self._directory(facilities) as (workdir, commit):
            target = replace(attempt.target, commit=commit)
            ended = await run_program(attempt.name, self.command, self.env, target, workdir, self.timeout)
            report = await asyncio.to_thread(read_reports, workdir, self.junit) if self.junit else None
        reason = fault(ended, self.timeout)
        return Outcome(_judged(reason, report), ended.output, report)

    @asynccontextmanager
    async def _directory(self, facilities: Facilities) -> AsyncIterator[tuple[Path, str | None]]:
        """One for each attempt: suites run side by side, and what one leaves must not be read by another."""
        if self.workdir == "empty":
            with TemporaryDirectory(prefix="promontory-") as directory:
                yield Path(directory), None
            return
        async with facilities.code.tree(self.workdir) as tree:
            yield tree.path, tree.commit


def _judged(fault: str, report: CaseReport | None) -> str:
    if report is None:
        return fault
    said = f"{report}: {_named(report)}" if report.failed else report.problem
    return "; ".join(part for part in (fault, said) if part)


def _named(report: CaseReport) -> str:
    first = report.cases[0]
    told = f"{first.name}: {first.message}" if first.message else first.name
    return f"{told}, …" if report.failed > 1 else told

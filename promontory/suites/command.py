"""The ``command`` suite: a program whose exit code is the result. No shell ever sees its arguments."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from pydantic import Field

from promontory.model import SuiteResult
from promontory.options import Target, Template
from promontory.processes.program import Command, VariableName, fault, run_program, shown
from promontory.suites.contract import Suite


class CommandSuite(Suite):
    """Passes when the program exits with 0.

    A ``run`` that is one string is split as a POSIX shell would, and only then are the placeholders filled:
    a release is always one argument, or part of one. ``workdir`` says what the caller should pass to `run`:
    a working tree of the GitOps repository, or an empty directory where the suite needs none.
    """

    kind: Literal["command"]
    command: Command = Field(
        alias="run", description="The program and its arguments: one string, or a list. No shell is started."
    )
    env: dict[VariableName, Template] = Field(default={}, description="Environment variables that are set for it.")
    workdir: Literal["repository", "empty"] = Field(
        default="repository", description="Where it runs: in a working tree of the repository, or an empty directory."
    )

    @property
    def label(self) -> str:
        return f"command {shown(self.command)}"

    async def run(self, target: Target, workdir: Path) -> SuiteResult:
        started = time.monotonic()
        name = f"test-{target.place.environment}"
        ended = await run_program(name, self.command, self.env, target, workdir, self.timeout)
        reason = fault(ended, self.timeout)
        return SuiteResult(
            name=target.fill(self.label),
            passed=not reason,
            reason=reason,
            output=ended.output,
            seconds=round(time.monotonic() - started, 3),
        )

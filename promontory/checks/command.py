"""The ``command`` check: a program that says by its exit code how the environment is.

It is started anew for each look, in an empty directory that is thrown away afterwards. No shell ever sees its
arguments.
"""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from promontory.checks.contract import Check, Facilities
from promontory.health import Health, Observation
from promontory.options import Duration, Remark, Target, Template
from promontory.processes.program import Command, VariableName, fault, run_program, shown, split
from promontory.processes.running import Ended

TOLD = 2000
LAST_LINE = 200

ExitCode = Annotated[int, Field(ge=1, le=255)]


class CommandCheck(Check):
    """Healthy when the program exits with 0; ``timeout`` bounds one look."""

    kind: Literal["command"]
    command: Command = Field(
        alias="run", description="The program and its arguments: one string, or a list. No shell is started."
    )
    env: dict[VariableName, Template] = Field(default={}, description="Environment variables that are set for it.")
    progressing: list[ExitCode] = Field(default=[], description="Exit codes that mean: not yet, e.g. [75].")
    final: list[ExitCode] = Field(
        default=[], description="Exit codes that mean: unhealthy, and waiting longer cannot change it."
    )
    timeout: Duration = Field(default=timedelta(minutes=1), description="How long one look may take.")
    interval: Duration = Field(default=timedelta(seconds=10), description="How long from one look to the next.")

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        if both := sorted({*self.progressing} & {*self.final}):
            raise ValueError(f"exit code {both[0]} cannot be both progressing and final")
        return self

    @property
    def label(self) -> str:
        return f"command {shown(self.command)}"

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:  # noqa: ARG002 - nothing else is needed
        program = target.fill(split(self.command)[0])
        if shutil.which(program):
            return ()
        return (Remark(f"{program!r} is not installed here", "install it where promotions run"),)

    async def observe(self, target: Target, facilities: Facilities) -> Observation:  # noqa: ARG002 - nothing else is needed
        started = time.monotonic()
        name = f"verify-{target.place.environment}"
        with TemporaryDirectory(prefix="promontory-", ignore_cleanup_errors=True) as directory:
            ended = await run_program(name, self.command, self.env, target, Path(directory), self.timeout)
        return Observation(
            health=self._health(ended),
            reason=_reason(ended, self.timeout),
            final=bool(ended.not_started) or ended.code in self.final,
            evidence={
                **({} if ended.not_started or ended.timed_out else {"exit_code": ended.code}),
                "seconds": round(time.monotonic() - started, 3),
                "output": ended.output[-TOLD:],
            },
        )

    def _health(self, ended: Ended) -> Health:
        if ended.not_started or ended.timed_out:
            return Health.UNKNOWN
        if ended.code == 0:
            return Health.HEALTHY
        return Health.PROGRESSING if ended.code in self.progressing else Health.UNHEALTHY


def _reason(ended: Ended, within: timedelta) -> str:
    """What became of it, and the last thing that it said."""
    lines = [line.strip() for line in ended.output.splitlines() if line.strip()]
    said = lines[-1] if lines else ""
    said = said if len(said) <= LAST_LINE else said[: LAST_LINE - 1] + "…"
    return ": ".join(part for part in (fault(ended, within) or "exit code 0", said) if part)

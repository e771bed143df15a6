"""The ``command`` suite: a program whose exit code is the result. No shell ever sees its arguments."""

from __future__ import annotations

import errno
import shlex
import signal
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from promontory.errors import TransientError
from promontory.model import SuiteResult
from promontory.options import Target, Template, check_template, format_duration
from promontory.suites.contract import Suite
from promontory.suites.environment import scrubbed
from promontory.suites.process import Ended, run_process

_OUT_OF_RESOURCES = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


def _split(run: str | list[str]) -> list[str]:
    try:
        return shlex.split(run) if isinstance(run, str) else run
    except ValueError as error:
        raise ValueError(f"{run!r} is not a command line: {error}") from None


def _check_run(run: str | list[str]) -> str | list[str]:
    arguments = _split(run)
    if not arguments or not arguments[0]:
        raise ValueError("the command is empty")
    for argument in arguments:
        check_template(argument)
        if "\0" in argument:
            raise ValueError("a command cannot contain a NUL character")
    return run


VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class CommandSuite(Suite):
    """Passes when the program exits with 0.

    A ``run`` that is one string is split as a POSIX shell would, and only then are the placeholders filled:
    a release is always one argument, or part of one. ``workdir`` says what the caller should pass to `run`:
    a working tree of the GitOps repository, or an empty directory where the suite needs none.
    """

    kind: Literal["command"]
    command: Annotated[str | list[str], AfterValidator(_check_run)] = Field(
        alias="run", description="The program and its arguments: one string, or a list. No shell is started."
    )
    env: dict[VariableName, Template] = Field(default={}, description="Environment variables that are set for it.")
    workdir: Literal["repository", "empty"] = Field(
        default="repository", description="Where it runs: in a working tree of the repository, or an empty directory."
    )

    @property
    def label(self) -> str:
        return f"command {self.command if isinstance(self.command, str) else shlex.join(self.command)}"

    async def run(self, target: Target, workdir: Path) -> SuiteResult:
        started = time.monotonic()
        arguments = [target.fill(argument) for argument in _split(self.command)]
        ended = Ended()
        try:
            environment = scrubbed(target, {name: target.fill(value) for name, value in self.env.items()})
            ended = await run_process(f"test-{target.place.environment}", arguments, workdir, environment, self.timeout)
            reason = self._judge(ended)
        except ValueError as error:  # a NUL character, in what was filled in
            reason = f"{arguments[0]!r} could not be started: {error}"
        except OSError as error:
            reason = _why_not_started(error, arguments[0], workdir)
        return SuiteResult(
            name=target.fill(self.label),
            passed=not reason,
            reason=reason,
            output=ended.output,
            seconds=round(time.monotonic() - started, 3),
        )

    def _judge(self, ended: Ended) -> str:
        if ended.timed_out:
            return f"not finished within {format_duration(self.timeout)}, and was ended"
        if ended.code < 0:
            return f"ended by {_signal_name(-ended.code)}"
        return f"exit code {ended.code}" if ended.code else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _why_not_started(error: OSError, program: str, workdir: Path) -> str:
    if error.errno in _OUT_OF_RESOURCES:
        raise TransientError(f"{program!r} could not be started: {error.strerror}") from error
    if not workdir.is_dir():
        return f"the directory to run it in does not exist: {workdir}"
    if isinstance(error, FileNotFoundError):
        return f"{program!r} is not installed here, or its interpreter is not"
    return f"{program!r} could not be started: {error.strerror}"

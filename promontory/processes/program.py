"""A program as it is written in promontory.yaml, and what became of it. No shell ever sees its arguments."""

from __future__ import annotations

import errno
import shlex
import signal
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from promontory.errors import TransientError
from promontory.options import Target, check_template, format_duration
from promontory.processes.environment import scrubbed
from promontory.processes.running import Ended, run_process

_OUT_OF_RESOURCES = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


def split(command: str | list[str]) -> list[str]:
    """The program and its arguments: one string is split as a POSIX shell would."""
    try:
        return shlex.split(command) if isinstance(command, str) else command
    except ValueError as error:
        raise ValueError(f"{command!r} is not a command line: {error}") from None


def shown(command: str | list[str]) -> str:
    """On one line, for people."""
    return command if isinstance(command, str) else shlex.join(command)


def _check_command(command: str | list[str]) -> str | list[str]:
    arguments = split(command)
    if not arguments or not arguments[0]:
        raise ValueError("the command is empty")
    for argument in arguments:
        check_template(argument)
        if "\0" in argument:
            raise ValueError("a command cannot contain a NUL character")
    return command


Command = Annotated[str | list[str], AfterValidator(_check_command)]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


async def run_program(
    name: str, command: str | list[str], env: Mapping[str, str], target: Target, workdir: Path, within: timedelta
) -> Ended:
    """Run it for ``target`` in ``workdir``; its lines are logged under ``name``.

    Placeholders in ``command`` and ``env`` are filled after splitting: a release is always one argument, or part of
    one. Raises `TransientError` where the machine has no room for it just now.
    """
    arguments = [target.fill(argument) for argument in split(command)]
    try:
        environment = scrubbed(target, {variable: target.fill(value) for variable, value in env.items()})
        return await run_process(name, arguments, workdir, environment, within)
    except ValueError as error:  # a NUL character, in what was filled in
        return Ended(not_started=f"{arguments[0]!r} could not be started: {error}")
    except OSError as error:
        return Ended(not_started=_why_not_started(error, arguments[0], workdir))


def fault(ended: Ended, within: timedelta) -> str:
    """What is wrong with how it ended; empty where it exited with 0."""
    if ended.not_started:
        return ended.not_started
    if ended.timed_out:
        return f"not finished within {format_duration(within)}, and was ended"
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

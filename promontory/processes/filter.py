"""Run one short program that reads something and answers with something: a filter, as Unix calls it.

Nothing of it is logged, because what goes through it is a caller's and may be anybody's.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from promontory.errors import ProgramMissing, TransientError, UsageError

MOST_OUTPUT = 256 * 1024
_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Filtered:
    """``errors`` is what it wrote to stderr, decoded as far as it can be; both are cut off at `MOST_OUTPUT`."""

    code: int
    output: bytes
    errors: str


def run_filter(
    arguments: Sequence[str], given: bytes, workdir: Path, environment: Mapping[str, str], within: timedelta = _WITHIN
) -> Filtered:
    """Raises `UsageError` where the program is not there, `TransientError` where it does not come to its end."""
    with _started(arguments, workdir, environment) as process:
        try:
            output, errors = process.communicate(given, timeout=within.total_seconds())
        except subprocess.TimeoutExpired:
            raise TransientError(f"{arguments[0]} took longer than {within.seconds} s and was stopped") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return Filtered(process.returncode, output[:MOST_OUTPUT], errors[:MOST_OUTPUT].decode(errors="replace").strip())


def run_on_terminal(arguments: Sequence[str], workdir: Path, environment: Mapping[str, str]) -> int:
    """Run it where the user sits, who may be asked for a passphrase or a touch; its exit status.

    What it says goes to stderr, whatever it takes for its output: stdout is the caller's. Raises `UsageError` where the
    program is not there.
    """
    try:
        return subprocess.run(arguments, cwd=workdir, env=environment, stdout=2, check=False).returncode
    except (OSError, ValueError) as error:
        raise _missing(arguments[0], error) from None


def _started(arguments: Sequence[str], workdir: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            arguments,
            cwd=workdir,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal to ask on, and one group to end
        )
    except (OSError, ValueError) as error:
        raise _missing(arguments[0], error) from None


def _missing(program: str, error: OSError | ValueError) -> UsageError:
    if isinstance(error, FileNotFoundError):
        return ProgramMissing(f"{program!r} is not installed here, or not on PATH", f"install {program}")
    why = error.strerror if isinstance(error, OSError) else error  # a NUL character in an argument
    return UsageError(f"{program!r} could not be started: {why}", "look at what it was to be started with")

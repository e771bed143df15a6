"""Real processes: started, watched while they run, killed, and telling what they said when a test fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

# Only how long a failing test takes: every wait ends as soon as its condition holds.
PATIENCE = 90.0
Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found | None], what: str, tell: Callable[[], str] = str, patience: float = PATIENCE
) -> Found:
    """Wait until ``look`` finds something, and return it; ``tell`` explains where it never does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}\n{tell()}")


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class Process:
    """A program in a session of its own; ``gone`` is true once it has ended, whoever ended it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], directory: Path, name: str) -> None:
        self._out, self._err = directory / f"{name}.out", directory / f"{name}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def gone(self) -> bool:
        return self._process.poll() is not None

    @property
    def said(self) -> str:
        """On stderr, so far."""
        return self._err.read_text(errors="replace")

    def wait(self, patience: float = PATIENCE) -> Ended:
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"does not end by itself\n{self.ended(-9)}") from None
        return self.ended(code)

    def ended(self, code: int) -> Ended:
        return Ended(code, self._out.read_text(errors="replace"), self.said)

    def kill(self) -> None:
        """``kill -9``, of this process alone: what it has started lives on."""
        self._process.kill()
        self._process.wait()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        """As an operator would; whatever is left of its session afterwards is killed."""
        if not self.gone:
            self._process.terminate()
        try:
            self._process.wait(30)
        finally:
            kill_session(self._process.pid)


def kill_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def promontory(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "promontory.cli", *arguments]


def pids_of_flow_run(run: str) -> list[int]:
    """The processes that execute a Prefect flow run: each has its id in the environment."""
    wanted = f"PREFECT__FLOW_RUN_ID={run}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (place / "environ").read_bytes().split(b"\0") and _lives(place):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def _lives(place: Path) -> bool:
    return (place / "stat").read_text().rpartition(")")[2].split()[0] != "Z"

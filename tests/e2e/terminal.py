"""A command in a terminal of its own: what is shown there, and what is typed."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.processes import PATIENCE, eventually


class Terminal:
    """Standard input, output and error are one pseudo-terminal; ``shown`` is all that appeared on it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self._screen, theirs = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            command,
            env={**environment, "TERM": "xterm", "COLUMNS": "120"},
            cwd=directory,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.shown, text, lambda: self.shown)

    def type(self, line: str) -> None:
        os.write(self._screen, f"{line}\n".encode())

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.wait()
        os.close(self._screen)

    def _read(self) -> None:
        try:
            while text := os.read(self._screen, 4096):
                self.shown += text.decode(errors="replace")
        except OSError:  # the other end is closed
            return

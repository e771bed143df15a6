"""Git's objects by id, through one long-lived ``git cat-file --batch``.

In a blobless mirror git itself fetches a missing blob when it is asked for it, one at a time.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from git import Git

from promontory.errors import CorruptMirror, PromontoryError, TransientError
from promontory.repository.command import Command, kill

# So many names fit into a pipe together: writing them never waits for us to read.
_TOGETHER = 50
_STDERR_KEPT = 10_000


@dataclass(frozen=True)
class GitObject:
    """``kind`` is ``blob``, ``tree``, ``commit`` or ``tag``."""

    oid: str
    kind: str
    data: bytes


@dataclass
class Objects:
    """Safe to use from several threads. A broken or late process is ended; the next call starts a new one."""

    command: Command
    url: str
    failure: Callable[[str], PromontoryError] = field(repr=False)
    _process: Git.AutoInterrupt | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(self, names: Iterable[str]) -> list[GitObject | None]:
        """The objects in the order asked for; None where there is none. Names are ids, or ``<id>^{tree}``."""
        wanted = list(names)
        with self._lock:
            try:
                return list(self._ask(wanted))
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """End the process; harmless when there is none."""
        with self._lock:
            self._end()

    def _ask(self, wanted: list[str]) -> Iterator[GitObject | None]:
        if not wanted:
            return
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = self.command.start("cat-file", "--batch")
        for start in range(0, len(wanted), _TOGETHER):
            group = wanted[start : start + _TOGETHER]
            answers = _Answers(self._process, self.command.timeout)
            try:
                answers.write("".join(f"{name}\n" for name in group).encode())
                found = [answers.next() for _ in group]
            except EOFError:
                raise self.failure(answers.stderr.decode(errors="replace")) from None
            if None in found:
                self._doubt(answers)
            yield from found

    def _doubt(self, answers: _Answers) -> None:
        """An object in a damaged pack is reported as missing, with the damage on stderr."""
        answers.drain()
        failure = self.failure(answers.stderr.decode(errors="replace"))
        if isinstance(failure, CorruptMirror):
            raise failure

    def _end(self) -> None:
        if self._process is not None:
            kill(self._process)
            self._process = None


class _Answers:
    """Reads the answers to one group of names, with a deadline for each."""

    def __init__(self, process: Git.AutoInterrupt, timeout: float) -> None:
        self._process = process
        self._timeout = timeout
        self._buffer = bytearray()
        self.stderr = b""
        self._input, self._output, self._errors = (
            stream.fileno() for stream in (process.stdin, process.stdout, process.stderr)
        )
        self._poll = select.poll()
        for handle in (self._output, self._errors):
            self._poll.register(handle, select.POLLIN | select.POLLHUP)

    def write(self, names: bytes) -> None:
        with suppress(BrokenPipeError):  # it died: why, is on stderr
            os.write(self._input, names)

    def next(self) -> GitObject | None:
        deadline = time.monotonic() + self._timeout
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill(deadline)
        header = bytes(self._buffer[:end]).decode(errors="replace")
        del self._buffer[: end + 1]
        if header.endswith((" missing", " ambiguous")):
            return None
        oid, kind, size = header.split(" ")
        while len(self._buffer) <= int(size):
            self._fill(deadline)
        data = bytes(self._buffer[: int(size)])
        del self._buffer[: int(size) + 1]
        return GitObject(oid, kind, data)

    def _fill(self, deadline: float) -> None:
        """Read what there is; EOFError when the process is gone."""
        ready = self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        if not ready:
            raise TransientError(f"reading from the repository took longer than {self._timeout:g} s and was stopped")
        for handle, _ in ready:
            chunk = os.read(handle, 1 << 16)
            if handle == self._output:
                self._buffer += chunk
            else:
                self.stderr = (self.stderr + chunk)[-_STDERR_KEPT:]
            if not chunk:
                self.drain()
                raise EOFError

    def drain(self) -> None:
        """Read what stands on stderr by now."""
        os.set_blocking(self._errors, False)
        with suppress(BlockingIOError):
            while chunk := os.read(self._errors, 1 << 16):
                self.stderr += chunk

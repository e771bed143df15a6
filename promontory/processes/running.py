"""Run one program in a process group of its own, which never outlives the call.

It knows nothing of releases or results. Output is logged line by line as it comes, and its end is kept.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from promontory.escaping.plain import of_program

logger = logging.getLogger("promontory.processes")

TAIL_BYTES = 8 * 1024
LINE_BYTES = 4 * 1024
GRACE_SECONDS = 5.0
DRAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Ended:
    """``code`` is negative where a signal ended it; ``output`` is the last `TAIL_BYTES` of both streams.

    ``not_started`` says why it never ran; then nothing else counts.
    """

    code: int = -1
    timed_out: bool = False
    output: str = ""
    not_started: str = ""


class _Output:
    """Takes bytes as they come, logs whole lines, keeps the tail."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tail = bytearray()
        self._line = bytearray()

    async def drain(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(64 * 1024):
            self._tail += chunk
            del self._tail[:-TAIL_BYTES]
            self._line += chunk
            self._log_lines()
        self._log(bytes(self._line))

    def _log_lines(self) -> None:
        *lines, rest = bytes(self._line).split(b"\n")
        if len(rest) > LINE_BYTES:
            lines, rest = [*lines, rest], b""
        self._line[:] = rest
        for line in lines:
            self._log(line)

    def _log(self, line: bytes) -> None:
        if text := _text(line[:LINE_BYTES]).rstrip():
            logger.info("%s: %s", self._name, text)

    def __str__(self) -> str:
        return _text(bytes(self._tail))


async def run_process(
    name: str, arguments: Sequence[str], workdir: Path, environment: Mapping[str, str], within: timedelta
) -> Ended:
    """Run it to its end, or to the timeout. Raises OSError where it cannot be started.

    Its lines are logged under ``name``.

    At the timeout, and when this call is cancelled, the whole group gets SIGTERM, and SIGKILL after
    `GRACE_SECONDS`; what a program that ended by itself leaves running in the group is killed, too.
    """
    output = _Output(name)
    async with _pipe() as (reader, writer):
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=workdir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        writer.close()
        draining = asyncio.create_task(output.drain(reader))
        try:
            timed_out = await _wait(process, within)
        finally:
            _signal_group(process, signal.SIGKILL)
            code = await process.wait()
            # Whoever left the group may still hold the pipe open: nobody waits for that.
            await asyncio.wait([draining], timeout=DRAIN_SECONDS)
            draining.cancel()
    return Ended(code=code, timed_out=timed_out, output=str(output))


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, IO[bytes]]]:
    """A pipe of our own: with asyncio's, in some Python versions, the end of the process waits for the pipe's."""
    reader = asyncio.StreamReader()
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as source, open(writing, "wb", buffering=0) as writer:  # noqa: ASYNC230, PTH123 - descriptors
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, source)
        try:
            yield reader, writer
        finally:
            transport.close()


async def _wait(process: Process, within: timedelta) -> bool:
    """Whether the time ran out."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            await process.wait()
    except TimeoutError:
        await _terminate(process)
        return True
    except asyncio.CancelledError:
        await _terminate(process)
        raise
    return False


async def _terminate(process: Process) -> None:
    _signal_group(process, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS):
            await process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    # Nobody is left in it, or (setuid programs) nobody we may touch.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _text(data: bytes) -> str:
    return of_program(data.decode(errors="replace"))

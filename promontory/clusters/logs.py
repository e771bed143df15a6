"""The log of a container as it comes. Each has a thread of its own: a test that is silent for an hour must not hold one
of the few that everything else shares."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import suppress
from typing import Any

from promontory.clusters.api import Call
from promontory.errors import PromontoryError

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 16
# So many lines may wait for whoever reads them; the pod waits then.
_MOST_WAITING = 1000
_CONNECT_SECONDS = 5.0
_SILENT_SECONDS = 24 * 3600.0
_End = PromontoryError | None


async def follow(call: Call, path: str, query: Mapping[str, object]) -> AsyncGenerator[str, None]:
    """Its lines until it ends. Raises what `Objects.log` raises."""
    reader = await asyncio.to_thread(_Reader, call, path, query, asyncio.get_running_loop())
    reader.start()
    try:
        while isinstance(item := await reader.next(), str):
            yield item
        if item is not None:
            raise item
    finally:
        reader.stop()


class _Reader:
    """Reads in its thread, and hands over to an event loop."""

    def __init__(self, call: Call, path: str, query: Mapping[str, object], loop: asyncio.AbstractEventLoop) -> None:
        self._call, self._loop = call, loop
        self._items: asyncio.Queue[str | _End] = asyncio.Queue()
        self._room = threading.Semaphore(_MOST_WAITING)
        self._stopped = False
        self._response = call.open("GET", path, query, timeout=(_CONNECT_SECONDS, _SILENT_SECONDS))
        if self._response.status != 200:
            raise call.failure(self._response)

    def start(self) -> None:
        threading.Thread(target=self._read, name="pod-log", daemon=True).start()

    async def next(self) -> str | _End:
        item = await self._items.get()
        self._room.release()
        return item

    def stop(self) -> None:
        """From any thread; whoever is reading finds the log ended."""
        self._stopped = True
        self._room.release()
        with suppress(OSError, ValueError, RuntimeError):
            self._response.shutdown()

    def _read(self) -> None:
        end: _End = None
        try:
            for line in self._lines():
                if self._stopped:
                    return
                self._put(line.decode(errors="replace"))
        except PromontoryError as error:
            end = error
        finally:
            self._put(end)
            with suppress(OSError, socket.timeout):
                self._response.close()

    def _put(self, item: str | _End) -> None:
        self._room.acquire()
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    def _lines(self) -> Iterator[bytes]:
        rest = bytearray()
        while chunk := self._chunk():
            rest += chunk
            *lines, last = rest.split(b"\n")
            rest = bytearray(last)
            yield from map(bytes, lines)
            if len(rest) > _LONGEST_LINE:
                yield bytes(rest)
                rest.clear()
        if rest:
            yield bytes(rest)

    def _chunk(self) -> bytes:
        with self._call.reachable():
            chunk: Any = self._response.read1(_CHUNK)
        return bytes(chunk)

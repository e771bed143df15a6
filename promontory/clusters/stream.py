"""One list and one watch of a Kubernetes API, as they go over the wire: pages in, events out.

Which of them is made when, and what for, is `reflector`'s business.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from promontory.clusters.api import Call, Scope
from promontory.errors import PromontoryError, TransientError

PAGE = 500
# A watch that says nothing ends after so long and is opened anew, so that one whose server is gone is found out.
WATCH_SECONDS = 30
_GRACE_SECONDS = 5.0
_CONNECT_SECONDS = 3.0
_LIST_SECONDS = 10.0
_CHUNK = 1 << 16
_GONE = 410


class Gone(Exception):
    """The API has no history from that version on: list again."""


def pages(call: Call, scope: Scope) -> Iterator[tuple[list[Any], str]]:
    """All there is, a page at a time, each with the version that all of the list is from. Raises `Gone`."""
    query: dict[str, object] = {**scope.query, "limit": PAGE}
    while True:
        answer = _checked(call, call.open("GET", scope.path, query, timeout=(_CONNECT_SECONDS, _LIST_SECONDS)))
        metadata = answer["metadata"]
        yield answer.get("items") or [], str(metadata["resourceVersion"])
        if not metadata.get("continue"):
            return
        query["continue"] = metadata["continue"]


def _checked(call: Call, response: Any) -> Any:
    if response.status == _GONE:
        response.close()
        raise Gone
    return call.document(response)


class Stream:
    """An open watch of all changes after ``version``; closed by anybody, from any thread."""

    def __init__(self, call: Call, scope: Scope, version: str) -> None:
        query = {
            **scope.query,
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": WATCH_SECONDS,
        }
        self._call = call
        self._response = call.open("GET", scope.path, query, timeout=(_CONNECT_SECONDS, WATCH_SECONDS + _GRACE_SECONDS))
        if self._response.status != 200:
            _checked(call, self._response)

    def events(self) -> Iterator[tuple[str, Any]]:
        """Each event's type and object as they come, until the stream ends. Raises `Gone`."""
        for line in self._lines():
            try:
                event = json.loads(line)
                kind, found = event["type"], event["object"]
            except (ValueError, LookupError, TypeError):
                raise TransientError("the Kubernetes API's watch brought something that is no event") from None
            if kind == "ERROR":
                raise _told(found)
            yield kind, found

    def _lines(self) -> Iterator[bytes]:
        rest = bytearray()
        while chunk := self._chunk():
            rest += chunk
            if b"\n" not in chunk:
                continue
            *lines, last = rest.split(b"\n")
            rest = bytearray(last)
            yield from (bytes(line) for line in lines if line.strip())

    def _chunk(self) -> bytes:
        with self._call.reachable():
            chunk: bytes = self._response.read1(_CHUNK)
        return chunk

    def close(self) -> None:
        """Whoever is waiting for an event finds the stream ended."""
        with suppress(OSError, ValueError, RuntimeError):
            self._response.shutdown()

    def release(self) -> None:
        """For the reader, once it reads no more."""
        with suppress(OSError, socket.timeout):
            self._response.close()


def _told(status: Any) -> Exception:
    """What an ERROR event (a ``Status``) means."""
    code = status.get("code") if isinstance(status, dict) else None
    if code == _GONE:
        return Gone()
    message: PromontoryError = TransientError(f"the Kubernetes API ended the watch with the code {code}")
    return message

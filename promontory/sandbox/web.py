"""The HTTP side of the sandbox cluster: paths in, answers out. It knows nothing of releases."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

logger = logging.getLogger("promontory.sandbox")


@dataclass(frozen=True)
class Answer:
    """A mapping is sent as JSON. ``after`` and ``retry_after`` are in seconds."""

    status: int
    body: str | Mapping[str, object]
    retry_after: int | None = None
    after: float = 0.0


class Server(ThreadingHTTPServer):
    """One thread a request, none of which keeps the process alive; ``stopped`` ends slow answers early."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], answer: Callable[[str], Answer], stopped: threading.Event) -> None:
        self.answer = answer
        self.stopped = stopped
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 30  # seconds; a client that says nothing must not hold its thread for ever

    def do_GET(self) -> None:
        answer = self.server.answer(self.path.partition("?")[0])
        self.server.stopped.wait(answer.after)
        is_text = isinstance(answer.body, str)
        body = (str(answer.body) if is_text else json.dumps(answer.body, indent=2)).encode() + b"\n"
        # Somebody who no longer waits for a slow answer is nothing to report.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/plain; charset=utf-8" if is_text else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if answer.retry_after is not None:
                self.send_header("Retry-After", str(answer.retry_after))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        logger.debug(format, *args)

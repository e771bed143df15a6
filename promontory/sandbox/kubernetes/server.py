"""The HTTP side: requests in, answers and streams out. It knows nothing of objects."""

from __future__ import annotations

import json
import logging
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from promontory.sandbox.kubernetes.paths import parse_path
from promontory.sandbox.kubernetes.requests import Answer, Cut, Request, Stream

logger = logging.getLogger("promontory.sandbox.kubernetes")
Answering = Callable[[Request], Answer | Stream]


class Server(ThreadingHTTPServer):
    """One thread a connection, none of which keeps the process alive. It listens from `start` to `stop`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answering: Answering) -> None:
        self.answering = answering
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="sandbox-kubernetes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No connection is accepted any more, and those that are open break off."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class has it
        logger.debug("the connection of %s broke off", client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an event must not wait for the next one
    timeout = 300  # seconds; a client that says nothing must not hold its thread for ever

    def _handle(self) -> None:
        # Somebody who no longer waits for an answer is nothing to report.
        with suppress(ConnectionError, TimeoutError, Cut):
            answer = self.server.answering(self._request())
            if isinstance(answer, Answer):
                self._send(answer)
            else:
                self._stream(answer)
            return
        self.close_connection = True

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _request(self) -> Request:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        return Request(
            self.command,
            parts.path,
            parse_path(parts.path),
            dict(parse_qsl(parts.query)),
            self.rfile.read(length),
            self.headers.get("Content-Type", ""),
            self.headers.get("Authorization", "").removeprefix("Bearer "),
        )

    def _send(self, answer: Answer) -> None:
        is_text = isinstance(answer.body, str)
        body = str(answer.body).encode() if is_text else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        if answer.retry_after is not None:
            self.send_header("Retry-After", f"{answer.retry_after:g}")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, stream: Stream) -> None:
        self.send_response(200)
        self.send_header("Content-Type", stream.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in stream.parts:
                if part:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                elif self._is_alone():
                    raise Cut
            self.wfile.write(b"0\r\n\r\n")
        finally:
            stream.parts.close()

    def _is_alone(self) -> bool:
        """Whether the client has hung up: then its side can be read, and there is nothing."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        logger.debug(format, *args)

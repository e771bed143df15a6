"""Real Git servers for the tests: smart HTTP with basic authentication, and sshd on a port of its own."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USERNAME, PASSWORD = "robot", "hunter2:with %colon"


def http_backend() -> Path | None:
    place = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, text=True).stdout.strip()
    backend = Path(place) / "git-http-backend"
    return backend if backend.exists() else None


@dataclass(frozen=True)
class Request:
    """``path`` has the query with it."""

    method: str
    path: str
    body: bytes


@dataclass
class HttpServer:
    """Serves every repository below ``root``; ``authorizations`` are the headers it was sent.

    ``arrived`` is called with what is let in, and may answer with a status of its own; ``served`` is called when Git
    has done its work, and nobody has been told yet. Both may take their time. ``leave`` and ``come_back``: nobody
    listens at its address meanwhile.
    """

    root: Path
    url: str = ""
    read_only: bool = False
    status: int | None = None
    redirect_to: str | None = None
    authorizations: list[str | None] = field(default_factory=list)
    arrived: Callable[[Request], int | None] = lambda _: None
    served: Callable[[Request], None] = lambda _: None
    port: int = 0
    listening: ThreadingHTTPServer | None = None

    def come_back(self) -> None:
        state = self

        class Handler(_Handler):
            server_state = state

        self.listening = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.listening.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.listening.serve_forever, args=(0.02,), daemon=True).start()

    def leave(self) -> None:
        if self.listening:
            self.listening.shutdown()
            self.listening.socket.close()  # does not wait for exchanges under way, one of which may be calling
            self.listening = None


@contextmanager
def serving_http(root: Path) -> Iterator[HttpServer]:
    server = HttpServer(root)
    server.come_back()
    try:
        yield server
    finally:
        server.leave()


class _Handler(BaseHTTPRequestHandler):
    server_state: HttpServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Be quiet."""

    def _serve(self, body: bytes) -> None:
        state = self.server_state
        authorization = self.headers.get("Authorization")
        state.authorizations.append(authorization)
        expected = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if state.redirect_to:
            self._answer(302, [("Location", state.redirect_to + self.path)])
        elif state.status:
            self._answer(state.status, [])
        elif authorization != expected:
            self._answer(401, [("WWW-Authenticate", 'Basic realm="git"')])
        elif state.read_only and "receive-pack" in self.path:
            self._answer(403, [])
        elif status := state.arrived(request := Request(self.command, self.path, body)):
            self._answer(status, [])
        else:
            self._run_backend(request)

    def _run_backend(self, request: Request) -> None:
        path, _, query = self.path.partition("?")
        body = request.body
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server_state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "REMOTE_USER": USERNAME,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        backend = http_backend()
        assert backend is not None
        answer = subprocess.run([str(backend)], input=body, env=environment, capture_output=True, check=False).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self.server_state.served(request)
        self._answer(status, [(name, value) for name, value in headers if name != "Status"], content)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().strip(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)


@dataclass(frozen=True)
class SshServer:
    port: int
    user: str
    key: Path
    known_hosts: Path


@contextmanager
def serving_ssh(place: Path) -> Iterator[SshServer | None]:
    """A throw-away sshd with keys of its own; None where there is none, or where it cannot run."""
    sshd, keygen = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin"), shutil.which("ssh-keygen")
    if sshd is None or keygen is None or shutil.which("ssh") is None:
        yield None
        return
    place.mkdir(mode=0o700)
    host_key, key = place / "host", place / "key"
    for path in (host_key, key):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    port = _free_port()
    (place / "authorized").write_bytes(key.with_suffix(".pub").read_bytes())
    public = " ".join(host_key.with_suffix(".pub").read_text().split()[:2])
    (place / "known hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
    (place / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nAuthorizedKeysFile {place / 'authorized'}\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin yes\nAcceptEnv GIT_PROTOCOL\n"
    )
    command = [*_own_run_directory(), sshd, "-D", "-e", "-f", str(place / "config")]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        user = subprocess.run(["id", "-un"], capture_output=True, check=True, text=True).stdout.strip()
        yield SshServer(port, user, key, place / "known hosts") if _listening(server, port) else None
    finally:
        server.terminate()
        server.wait()


def _own_run_directory() -> list[str]:
    """Run by root, sshd wants /run/sshd, which only its service makes: give it a /run of its own instead."""
    if os.geteuid() != 0 or Path("/run/sshd").exists() or shutil.which("unshare") is None:
        return []
    script = 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh"]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _listening(server: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False

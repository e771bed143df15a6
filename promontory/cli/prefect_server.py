"""A Prefect server as a child process: started, waited for, and ended with us."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from promontory.errors import PromontoryError, UsageError

_START_SECONDS = 120
_STOP_SECONDS = 10


@contextmanager
def prefect_server(host: str, port: int) -> Iterator[str]:
    """Run one as long as the block lasts; yields its address. ``PREFECT_API_URL`` is set for this process."""
    _check_free(host, port)
    address = f"http://{host}:{port}"
    with tempfile.TemporaryFile() as output:
        server = _start(host, port, output)
        try:
            _wait(server, address, output)
            os.environ["PREFECT_API_URL"] = f"{address}/api"
            yield address
        finally:
            _stop(server)


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _check_free(host: str, port: int) -> None:
    if not is_free(port, host):
        raise UsageError(
            f"{host}:{port} cannot be listened on, something else does",
            f"choose another --port; or, if a Prefect server runs there: PREFECT_API_URL=http://{host}:{port}/api",
        )


def _start(host: str, port: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches us first, and the server outlives the runs that it has to record.
    return subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)],
        env={**os.environ, "PREFECT_API_URL": f"http://{host}:{port}/api", "PREFECT_UI_API_URL": "/api"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _wait(server: subprocess.Popen[bytes], address: str, output: IO[bytes]) -> None:
    import httpx

    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False, timeout=2) as client:
        while time.monotonic() < deadline and server.poll() is None:
            try:
                if client.get(f"{address}/api/health").is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
    output.seek(0)
    said = output.read().decode(errors="replace").strip().splitlines()[-15:]
    raise PromontoryError("the Prefect server did not start", "it said:\n    " + "\n    ".join(said))


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

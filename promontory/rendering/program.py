"""Run kustomize or helm in a directory of somebody else's making, and take what it prints.

No shell, no network that we could take away, an environment that names nothing of this process's, a time limit, and
an end to how much it may print. `promontory.processes` has other needs (it keeps the tail of both streams, line
by line, and can be cancelled), so the two share no code.
"""

from __future__ import annotations

import errno
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from promontory.errors import RenderingError, TransientError
from promontory.escaping.plain import words
from promontory.options import format_duration

MAX_BYTES = 32 * 1024 * 1024
_TAIL_BYTES = 2_000
_LOOK_SECONDS = 0.2
_CHUNK = 64 * 1024
_OUT_OF_RESOURCES = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_INSTALL = {
    "kustomize": "install it: https://kubectl.docs.kubernetes.io/installation/kustomize",
    "helm": "install it: https://helm.sh/docs/intro/install",
}
# What helm says first where a chart's dependencies were not committed with it.
_REMEDIES = {
    "missing in charts/": "run `helm dependency build` on the chart, and commit what it writes: nothing is downloaded",
    "no 'git' program": "commit a copy of the remote base: nothing is downloaded",
    "proxyconnect": "commit a copy of what it refers to: nothing is downloaded",
}


def find_program(name: str) -> str:
    """Where the program is. Raises `RenderingError` that names it where it is not installed."""
    if found := shutil.which(name):
        return str(Path(found).absolute())
    raise RenderingError(f"{name} is not installed here: there is none on PATH", _INSTALL.get(name, "install it"))


def run_program(program: str, arguments: Sequence[str], directory: Path, within: timedelta) -> bytes:
    """What it prints on stdout; raises `RenderingError` for anything but success, and with the end of its stderr."""
    name = Path(program).name
    deadline = time.monotonic() + within.total_seconds()
    with TemporaryDirectory(prefix="promontory-home-", ignore_cleanup_errors=True) as home:
        with _start([program, *arguments], directory, _environment(Path(home))) as process:
            try:
                printed = _read(process, deadline)
            finally:
                _kill_group(process)
        code = process.returncode
    told = _told(printed.errors, directory)
    if printed.timed_out:
        message = f"{name} was not finished within {format_duration(within)}, and was ended"
        raise RenderingError(message, "look at what takes so long, or give it more time with timeout:")
    if len(printed.output) > MAX_BYTES:
        raise RenderingError(f"{name} printed more than {MAX_BYTES // 1024**2} MB, and was ended")
    if code:
        ended = f"failed with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise RenderingError(f"{name} {ended}: {told or 'it did not say why'}", _remedy(told))
    return bytes(printed.output)


def _environment(home: Path) -> dict[str, str]:
    """Nothing of this process's. The search path is empty, so that kustomize finds no git to fetch with.

    A proxy that nobody is at keeps both from the network (Go's own rule leaves out addresses of this very machine).
    """
    nowhere = "http://127.0.0.1:9"
    (home / "bin").mkdir()
    return {
        "PATH": str(home / "bin"),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "",
        "KUBECONFIG": str(home / "no-kubeconfig"),
        "HELM_NO_PLUGINS": "1",
        **{f"HELM_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")},
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")},
    }


def _start(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        message = f"{Path(command[0]).name} could not be started: {error.strerror}"
        if error.errno in _OUT_OF_RESOURCES:
            raise TransientError(message) from error
        raise RenderingError(message, f"look at {command[0]}") from error


@dataclass
class _Printed:
    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    timed_out: bool = False


def _read(process: subprocess.Popen[bytes], deadline: float) -> _Printed:
    """Until both streams end, the program does, it prints too much, or the time runs out."""
    printed = _Printed()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, printed.output), (process.stderr, printed.errors)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map() and len(printed.output) <= MAX_BYTES:
            left = deadline - time.monotonic()
            if left <= 0:
                printed.timed_out = True
                break
            ready = selector.select(min(left, _LOOK_SECONDS))
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                key.data.extend(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            del printed.errors[:-_TAIL_BYTES]
            if not ready and process.poll() is not None:
                break  # something it left running still holds the pipe: nobody waits for that
    return printed


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever is left of it; it has nothing of worth to tidy up."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _told(errors: bytearray, directory: Path) -> str:
    """The end of stderr, without colours and without the name of the temporary directory."""
    text = errors.decode(errors="replace").replace(f"{directory}/", "").replace(str(directory), ".")
    return words(text)


def _remedy(told: str) -> str:
    return next((remedy for sign, remedy in _REMEDIES.items() if sign in told), "")

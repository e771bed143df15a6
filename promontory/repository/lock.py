"""One writer at a time: a lock among processes and threads, gone with whoever held it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from promontory.errors import TransientError

_LONGEST_NAP = 0.1


@contextmanager
def locked(path: Path, purpose: str, timeout: float) -> Iterator[None]:
    """Hold the lock at ``path``. Raises `TransientError` that names the holder after ``timeout`` seconds.

    The file stays: whoever deletes a lock file lets two others hold two different ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)  # the cache may have been removed meanwhile
    # Opened anew every time: flock belongs to the opening, so it also keeps threads of one process apart.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(handle, path, timeout)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{purpose}, process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    nap = 0.002
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(handle, 200, 0).decode(errors="replace") or "another process"
                raise TransientError(
                    f"the mirror {path.stem} has been busy for {timeout:g} s ({holder})",
                    "wait for the other promotion, or look why it hangs",
                ) from None
        time.sleep(nap)
        nap = min(nap * 2, _LONGEST_NAP)

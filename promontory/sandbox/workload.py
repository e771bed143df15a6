"""One application in one environment of the sandbox cluster: what runs, and what is being rolled out."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Running:
    """``commit`` is the one of the repository that was applied last."""

    release: str
    commit: str


class Workload:
    """Times are seconds on any clock that never goes back. The old release runs until the new one is up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._next: Running | None = None
        self._next_from = 0.0

    def apply(self, release: str, commit: str, now: float, delay: float) -> bool:
        """Want this release, up after ``delay``; returns whether that is something new."""
        with self._lock:
            self._settle(now)
            wanted = self._next or self._running
            if wanted and wanted.release == release:
                self._note(commit)
                return False
            self._next, self._next_from = Running(release, commit), now + delay
            return True

    def running(self, now: float) -> Running | None:
        """None until the first release is up."""
        with self._lock:
            self._settle(now)
            return self._running

    def is_rolling_out(self, now: float) -> bool:
        """Whether what was wanted last is not up yet."""
        with self._lock:
            self._settle(now)
            return self._next is not None

    def _settle(self, now: float) -> None:
        if self._next and now >= self._next_from:
            self._running, self._next = self._next, None

    def _note(self, commit: str) -> None:
        """Another commit, the same release: nothing to roll out."""
        if self._next:
            self._next = replace(self._next, commit=commit)
        elif self._running:
            self._running = replace(self._running, commit=commit)

"""List, then watch from there, for as long as it is wanted: one thread for one scope.

What comes goes to whoever follows it; whether what has come so far can be believed is said here. A stream that ends is
opened anew from where it ended; where the API has no history from there (410 Gone) all is listed again. A failure is
tried again after a while that grows up to `PAUSE_SECONDS`, with jitter, so that many do not come back at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Any, Protocol

from promontory.clusters.api import Call, Scope
from promontory.clusters.failures import Forbidden
from promontory.clusters.stream import WATCH_SECONDS, Gone, Stream, pages
from promontory.errors import PromontoryError, TransientError
from promontory.live_objects import Subject

log = logging.getLogger("promontory.clusters")

PAUSE_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.1
# A little longer than a silent stream lives.
_BELIEVED_SECONDS = WATCH_SECONDS + 10.0
# What a stream has brought is believed while it is opened anew, but not for longer.
_BETWEEN_STREAMS_SECONDS = 1.0
_LIST_AGAIN_AFTER_FAILURES = 3


class Follower(Protocol):
    """Called from the reflector's thread; what comes from one that was stopped is to be ignored."""

    def listing(self, reflector: Reflector) -> frozenset[Subject]:
        """A list begins; what is it to bring?"""

    def wants(self, document: Any) -> bool: ...

    def listed(
        self, reflector: Reflector, subjects: frozenset[Subject], documents: list[Any], *, anew: bool
    ) -> None: ...

    def happened(self, reflector: Reflector, kind: str, document: Any) -> None: ...

    def stands(self, reflector: Reflector) -> None:
        """What came can be believed from now on, or cannot any more."""

    def forbidden(self, reflector: Reflector, error: Forbidden) -> None:
        """The account may not list, or watch; the reflector has ended."""


class Reflector:
    """``dial`` makes a call with a verb; it may have to connect for it."""

    def __init__(self, scope: Scope, dial: Callable[[str, Scope], Call], follower: Follower) -> None:
        self.scope = scope
        self.settled = False
        """Whether the first attempt is over."""
        self._dial, self._follower = dial, follower
        self._version: str | None = None
        self._lists = 0
        self._believed_until = 0.0
        self._stream: Stream | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch of {scope}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns at once; it ends soon, or when the answer comes that it waits for."""
        self._stopping.set()
        with self._lock:
            if self._stream:
                self._stream.close()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def believed(self) -> bool:
        """Whether what it has brought is what there is, as of a moment ago."""
        return time.monotonic() < self._believed_until

    def _run(self) -> None:
        failures = 0
        while not self._stopping.wait(_pause(failures)):
            try:
                failures = 0 if self._round() else failures + 1
            except Gone:
                self._version = None
                failures += 1
            except Forbidden as error:
                self._follower.forbidden(self, error)
                return
            except Exception as error:  # whatever it is, those who watch are served by asking
                failures += 1
                self._broke(error)
            if failures >= _LIST_AGAIN_AFTER_FAILURES:
                self._version = None

    def _round(self) -> bool:
        """List where that is due, and follow one stream to its end; whether it lived."""
        if self._version is None:
            self._version = self._list()
        if self._stopping.is_set():
            return False
        stream = Stream(self._dial("watch", self.scope), self.scope, self._version)
        try:
            return self._enter(stream) and self._read(stream)
        finally:
            with self._lock:
                self._stream = None
            stream.release()
            self._believed_until = min(self._believed_until, time.monotonic() + _BETWEEN_STREAMS_SECONDS)

    def _list(self) -> str:
        subjects = self._follower.listing(self)
        found, version = [], ""
        for items, version in pages(self._dial("list", self.scope), self.scope):
            found += [item for item in items if self._follower.wants(item)]
            if self._stopping.is_set():
                return version
        self._lists += 1
        self._follower.listed(self, subjects, found, anew=self._lists > 1)
        return version

    def _enter(self, stream: Stream) -> bool:
        """False where nobody wants it any more."""
        with self._lock:
            self._stream = stream
        if self._stopping.is_set():
            return False
        news = not self.believed
        self._believe()
        self.settled = True
        if news:
            self._follower.stands(self)
        return True

    def _read(self, stream: Stream) -> bool:
        begun, heard = time.monotonic(), False
        try:
            for kind, document in stream.events():
                heard = True
                self._believe()
                self._version = str(document["metadata"]["resourceVersion"])
                if kind != "BOOKMARK":
                    self._follower.happened(self, kind, document)
        except TransientError as error:
            log.debug("the watch of %s was dropped: %s", self.scope, error.message)
        return heard or time.monotonic() - begun > _BETWEEN_STREAMS_SECONDS

    def _believe(self) -> None:
        self._believed_until = time.monotonic() + _BELIEVED_SECONDS

    def _broke(self, error: Exception) -> None:
        told = error.message if isinstance(error, PromontoryError) else f"{type(error).__name__}: {error}"
        log.debug("the watch of %s does not stand: %s", self.scope, told)
        news = self.believed or not self.settled
        self._believed_until = 0.0
        self.settled = True
        if news:
            self._follower.stands(self)


def _pause(failures: int) -> float:
    if not failures:
        return 0.0
    longest = min(PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 16))
    return SystemRandom().uniform(longest / 2, longest)

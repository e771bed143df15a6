"""Stop the traffic between a run and its Git server at a chosen moment, so that the run can be killed just then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.e2e.processes import PATIENCE
from tests.repository.servers import HttpServer, Request

Phase = Literal["fetch", "before", "after"]


@dataclass(frozen=True)
class Moment:
    """A fetch (the ``number``-th), or what is before or after a push that moves ``ref``.

    ``ledger`` is the subject that the newest ledger entry has at that moment; "" for an empty ledger.
    """

    phase: Phase
    ref: str = ""
    ledger: str = ""
    number: int = 1


@dataclass
class Barrier:
    """Holds up the first exchange that comes at ``moment``; ``lands`` says whether it goes on in the end."""

    moment: Moment
    newest: Callable[[], str]
    lands: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    landed: threading.Event = field(default_factory=threading.Event)
    fetches: int = 0

    def put_up(self, server: HttpServer) -> None:
        server.arrived, server.served = self._arrived, self._served

    def _arrived(self, request: Request) -> int | None:
        if is_fetch(request) and self.moment.phase == "fetch":
            self.fetches += 1
            here = self.fetches == self.moment.number
        else:
            here = self.moment.phase == "before" and self._is_it(request)
        if here and not self.reached.is_set():
            self._hold()
            return None if self.lands else 500
        return None

    def _served(self, request: Request) -> None:
        if self.moment.phase == "after" and self._is_it(request) and not self.reached.is_set():
            self._hold()
        elif self.opened.is_set() and pushed_refs(request):
            self.landed.set()

    def _is_it(self, request: Request) -> bool:
        return self.moment.ref in pushed_refs(request) and self.newest() == self.moment.ledger

    def _hold(self) -> None:
        self.reached.set()
        self.opened.wait(PATIENCE)


def is_fetch(request: Request) -> bool:
    return request.path.endswith("info/refs?service=git-upload-pack")


def pushed_refs(request: Request) -> set[str]:
    """The refs that a ``git-receive-pack`` request moves: its pkt-lines up to the flush packet."""
    refs: set[str] = set()
    if not request.path.endswith("/git-receive-pack"):
        return refs
    body = request.body
    while (size := int(body[:4] or b"0", 16)) > 4:
        refs.add(body[4:size].split(b"\0")[0].split()[2].decode().removeprefix("refs/heads/"))
        body = body[size:]
    return refs

"""Which flow runs have died unseen: those of which nothing is heard any more, although we listen.

A running flow emits a heartbeat to the server every so many seconds. No clocks are compared: a run has died when no new
beat of its has arrived for as long as we have been listening ourselves, on a server that answered all the while. So one
that lives has the time to be heard, however long the server was away, and one that never had a heartbeat (they can be
switched off) is left alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.settings import get_current_settings

from promontory.errors import TransientError

log = logging.getLogger("promontory.tasks")
HEARTBEAT = "prefect.flow-run.heartbeat"
# Prefect's own default, where this process has its heartbeats switched off.
_USUAL_SECONDS = 180
# Nobody has hearts beat more slowly, and nobody wants to listen for longer.
_SLOWEST_SECONDS = 900.0
_LOOK_SECONDS = 5.0
# On their way a beat, and the server's storing of it, take a few seconds.
_ON_ITS_WAY = 5.0
_MOST_FAILURES = 60
_BEATS = 50


@dataclass
class Listening:
    """What was heard of each run. ``quiet``: seconds for which nothing must be heard of one that has died."""

    quiet: float
    heard: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    since: dict[UUID, float] = field(default_factory=dict)
    alive: set[UUID] = field(default_factory=set)

    def hear(self, run: UUID, beats: Collection[UUID], rhythm: float, now: float) -> bool | None:
        """True: it lives. False: it has died. None: listen on. ``rhythm``: seconds between two of its beats."""
        before = self.heard.setdefault(run, frozenset(beats))
        if not beats or frozenset(beats) - before:
            self.alive.add(run)
        if run in self.alive:
            return True
        since = self.since.setdefault(run, now)
        return False if now - since >= max(self.quiet, rhythm + _ON_ITS_WAY) else None

    def begin_anew(self) -> None:
        """The server was away: what has not been heard meanwhile could not be heard."""
        self.since.clear()


async def silent(runs: Collection[UUID], quiet: float, clock: Callable[[], float] | None = None) -> AsyncIterator[UUID]:
    """Those of ``runs`` that have died, each as soon as that is sure; which takes as long as ``quiet``, in seconds."""
    now = clock or asyncio.get_running_loop().time
    listening, left, failures = Listening(quiet), set(runs), 0
    async with get_client() as client:
        while left:
            try:
                verdicts = {run: await _heard(client, listening, run, now) for run in left}
            except HTTPError as error:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise TransientError(f"the Prefect server cannot be asked: {error}") from None
                listening.begin_anew()
                verdicts = {}
            for run in [run for run, lives in verdicts.items() if lives is False]:
                yield run
            left -= {run for run, lives in verdicts.items() if lives is not None}
            if left:
                await asyncio.sleep(_LOOK_SECONDS)


async def _heard(client: PrefectClient, listening: Listening, run: UUID, now: Callable[[], float]) -> bool | None:
    beats = await _beats(client, run)
    return listening.hear(run, beats, rhythm_of([*beats.values()], _usual()), now())


async def _beats(client: PrefectClient, run: UUID) -> Mapping[UUID, datetime]:
    """The newest that the server has stored, by their ids; and when they were sent, by the run's own clock."""
    wanted = EventFilter(
        event=EventNameFilter(name=[HEARTBEAT]), resource=EventResourceFilter(id=[f"prefect.flow-run.{run}"])
    )
    page = await client.read_events(wanted, limit=_BEATS)
    return {event.id: event.occurred for event in page.events}


def rhythm_of(beats: Sequence[datetime], usual: float) -> float:
    """Seconds from one beat to the next, as they usually are; at least ``usual``.

    A run that was suspended has a long pause between two of them, and one that was started again a short one.
    """
    in_order = sorted(beats)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(in_order)]
    return min(max(usual, median(gaps)), _SLOWEST_SECONDS) if gaps else usual


def _usual() -> float:
    return float(get_current_settings().flows.heartbeat_frequency or _USUAL_SECONDS)

"""Environments side by side: where one fails that takes its wave along (`on_failure: revert-wave`), all go back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from flows.resting import Together
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.promotion.values import Hop
from tasks.revert import condemn
from tasks.running import WORKSPACE
from tasks.verify import STOP

log = logging.getLogger("promontory")


@dataclass
class Wave:
    """The hops that one run brings at once. ``why`` is set, and ``stop`` with it, when one takes the others along."""

    hops: Sequence[Hop]
    together: Together = field(default_factory=Together)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    why: str = ""

    @property
    def failed(self) -> bool:
        return self.stop.is_set()

    async def fail(self, hop: Hop, entry: Entry, why: str) -> None:
        """``hop`` has failed. Where that takes the others along, it is recorded first, and whoever verifies stops."""
        rule = WORKSPACE.get().config.environment(hop.environment).on_failure
        others = [each for each in self.hops if each.environment != hop.environment]
        if rule == "revert-self" or self.failed or not others:
            return
        try:
            self.why = await condemn(hop, entry, others, why)
        except PromontoryError as error:
            log.error("revert-%s: its wave is not taken back: %s", hop.environment, error.message)
        else:
            self.stop.set()


WAVE: ContextVar[Wave] = ContextVar("wave")


@contextmanager
def side_by_side(hops: Sequence[Hop]) -> Iterator[Wave]:
    wave = Wave(hops)
    tokens = WAVE.set(wave), STOP.set(wave.stop)
    try:
        yield wave
    finally:
        WAVE.reset(tokens[0])
        STOP.reset(tokens[1])

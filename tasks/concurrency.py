"""One promotion at a time into each place, across all workers: a global concurrency limit of the Prefect server.

It saves work and keeps order. Nothing is wrong without it: Git's compare-and-swap decides who pushes. So whatever the
server refuses, lacks or forgets stops no promotion, and the temporary server of a run in a terminal is not asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from random import SystemRandom
from uuid import UUID

from httpx import HTTPStatusError, codes
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.objects import ConcurrencyLeaseHolder
from prefect.client.schemas.responses import ConcurrencyLimitWithLeaseResponse
from prefect.exceptions import ObjectAlreadyExists
from prefect.runtime import flow_run
from prefect.settings import get_current_settings

from promontory.promotion.values import Hop
from tasks.verify import STOP

log = logging.getLogger("promontory.tasks")
# The shortest that a server grants: so long (and until it looks, every 15 s) it keeps the place of who was killed.
_LEASE_SECONDS = 60.0
_RENEW_SECONDS = 20.0
_LOOK_SECONDS = 2.0


def limits_of(hop: Hop) -> list[str]:
    """Sorted, so that no two trains hold what the other waits for; they are taken in one call in any case."""
    return sorted(f"promotion:{member.application}:{member.environment}" for member in hop.members)


@asynccontextmanager
async def turn_of(hop: Hop, *, must_wait: bool = True) -> AsyncIterator[bool]:
    """Hold the places of all that moves with ``hop``; whether another promotion was waited for.

    ``must_wait``: where they are taken, wait for them, unless the hop's wave goes back meanwhile; else go on without.
    """
    if get_current_settings().api.url is None:
        yield False
        return
    async with AsyncExitStack() as stack:
        waited = False
        try:
            turn = _Turn(await stack.enter_async_context(get_client()), hop)
            waited = await turn.taken(must_wait=must_wait)
            await stack.enter_async_context(turn.kept())
        except Exception as error:  # whatever it is: nothing is wrong without a turn
            log.warning("promote-%s: others are not kept from promoting meanwhile: %s", hop.environment, error)
        yield waited


@dataclass
class _Turn:
    """``lease`` is what the server knows it by while we have it; without one we go on all the same."""

    client: PrefectClient
    hop: Hop
    lease: UUID | None = None

    async def taken(self, *, must_wait: bool) -> bool:
        """Whether it had to be waited for."""
        waited, stop = False, STOP.get()
        while not await self._take():
            if not must_wait or (stop and stop.is_set()):
                break
            if not waited:
                log.info("promote-%s: waits for another promotion of %s", self.hop.environment, _told(self.hop))
            waited = True
            await asyncio.sleep(_LOOK_SECONDS * SystemRandom().uniform(0.75, 1.25))
        return waited

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renewed, or taken where it was not free yet, and given back in the end."""
        renewing = asyncio.create_task(self._renewed())
        try:
            yield
        finally:
            renewing.cancel()
            await self._given_back()

    async def _renewed(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                await (self.client.renew_concurrency_lease(self.lease, _LEASE_SECONDS) if self.lease else self._take())
            except Exception as error:
                log.debug("promote-%s: the turn was not renewed: %s", self.hop.environment, error)

    async def _given_back(self) -> None:
        if self.lease:
            with suppress(Exception):  # it runs out by itself
                await self.client.release_concurrency_slots_with_lease(self.lease)
        self.lease = None

    async def _take(self) -> bool:
        """One look; False where somebody else has one of the places. Limits that are missing are made."""
        names = limits_of(self.hop)
        known = await self._asked(names)
        if known is None or not (missing := sorted(set(names) - set(known))):
            return known is not None
        await self._given_back()
        for name in missing:
            with suppress(ObjectAlreadyExists):
                await self.client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))
        return await self._asked(names) is not None

    async def _asked(self, names: Sequence[str]) -> list[str] | None:
        """Which of the limits there are, all of them taken now; None where one is taken already."""
        holder = ConcurrencyLeaseHolder(type="flow_run", id=UUID(str(flow_run.get_id())))
        try:
            response = await self.client.increment_concurrency_slots_with_lease(
                [*names], 1, "concurrency", _LEASE_SECONDS, holder
            )
        except HTTPStatusError as error:
            if error.response.status_code == codes.LOCKED:
                return None
            raise
        answer = ConcurrencyLimitWithLeaseResponse.model_validate(response.json())
        self.lease = answer.lease_id
        return [limit.name for limit in answer.limits]


def _told(hop: Hop) -> str:
    return f"{' and '.join(member.application for member in hop.members)} to {hop.environment}"

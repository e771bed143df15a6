"""What a promotion has overtaken is told so: its pull request is closed, and the run that waits for it is woken."""

from __future__ import annotations

import logging

from prefect.client.orchestration import get_client

from promontory.errors import PromontoryError
from promontory.promotion.overtaken import settle
from promontory.promotion.values import Hop
from tasks.running import core
from tasks.waking import wake

log = logging.getLogger("promontory.tasks")


async def tell_overtaken(hop: Hop) -> None:
    """After ``hop`` has been recorded. That it is overtaken is in the ledger, whoever hears of it."""
    try:
        runs = await core(settle, hop)
    except PromontoryError as error:
        log.warning("promote-%s: what it overtook is left as it is for now: %s", hop.environment, error.message)
        return
    for run in runs:
        await _woken(run)


async def _woken(run: str) -> None:
    try:
        async with get_client() as client:
            woken = await wake(client, run)
    except Exception as error:  # whatever the server says: the run looks by itself, if later
        log.warning("the flow run %s, which was overtaken, could not be woken: %s", run, error)
    else:
        log.info("overtaken: %s", woken.told)

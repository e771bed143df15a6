"""What a promotion has overtaken is told so: its pull request is closed, and the run that waits for it is woken."""

from __future__ import annotations

import logging

from promontory.errors import PromontoryError
from promontory.promotion.overtaken import settle
from promontory.promotion.values import Hop
from tasks.running import core
from tasks.waking import wake_waiting

log = logging.getLogger("promontory.tasks")


async def tell_overtaken(hop: Hop) -> None:
    """After ``hop`` has been recorded. That it is overtaken is in the ledger, whoever hears of it."""
    try:
        ends = await core(settle, hop)
    except PromontoryError as error:
        log.warning("promote-%s: what it overtook is left as it is for now: %s", hop.environment, error.message)
        return
    for end in ends:
        log.info("promote-%s: %s: %s", hop.environment, end.release, await wake_waiting(end.promotion, end.run))

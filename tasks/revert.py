"""Take an environment back."""

from __future__ import annotations

from promontory.model import Place
from promontory.promotion.reverting import revert as revert_core
from promontory.promotion.reverting import roll_back as roll_back_core
from promontory.promotion.values import Hop
from promontory.record import Entry
from tasks.running import core, step


@step("revert-{hop.environment}", patient=True)
async def revert(hop: Hop, pushed: Entry, why: str) -> Entry | None:
    """None: the environment has moved on by itself, so that there was nothing to take back."""
    return await core(revert_core, hop, pushed, why)


@step("rollback-{environment}")
async def roll_back(application: str, environment: str, to: str | None, why: str, run: str) -> tuple[Hop, Entry]:
    return await core(roll_back_core, Place(application, environment), to, why, run)

"""Take an environment back."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.entry import Entry
from promontory.model import Place
from promontory.options import Remark
from promontory.promotion.abandoned import hop_of
from promontory.promotion.by_hand import CameBack
from promontory.promotion.by_hand import came_back as came_back_core
from promontory.promotion.by_hand import instructions as instructions_core
from promontory.promotion.condemning import condemn as condemn_core
from promontory.promotion.revert_requests import settle_revert
from promontory.promotion.reverting import revert as revert_core
from promontory.promotion.reverting import roll_back as roll_back_core
from promontory.promotion.rivals import rivals_of
from promontory.promotion.values import Hop, PullRequestState
from tasks.artifacts import show_revert
from tasks.running import core, step


@step("revert-{hop.environment}", patient=True)
async def revert(hop: Hop, pushed: Entry, why: str) -> Entry | None:
    """None: the environment has moved on by itself, so that there was nothing to take back."""
    return await core(revert_core, hop, pushed, why)


@step("merge-revert-{hop.environment}")
async def merge_revert(hop: Hop, asked: Entry) -> PullRequestState:  # noqa: ARG001 — the task is named for it
    """One look at the pull request of a revert."""
    return await core(settle_revert, asked)


@step("rollback-{environment}")
async def roll_back(application: str, environment: str, to: str | None, why: str, run: str) -> tuple[Hop, Entry]:
    return await core(roll_back_core, Place(application, environment), to, why, run)


@step("condemn-wave-of-{hop.environment}", patient=True)
async def condemn(hop: Hop, failed: Entry, siblings: Sequence[Hop], why: str) -> str:
    """Record that a whole wave goes back, before anything is undone; why its others do."""
    return await core(condemn_core, hop, failed, siblings, why)


async def whole(hop: Hop, asked: Entry) -> Hop:
    """With all that goes back in the same pull request."""
    return hop if len(hop.members) == asked.members else await core(hop_of, asked)


async def rivals(hop: Hop, reverted: Entry) -> tuple[Remark, ...]:
    """Who would undo it; the revert's artifact shows that."""
    found = await core(rivals_of, hop, reverted)
    show_revert(hop, reverted, found)
    return found


async def came_back(hop: Hop, reverted: Entry) -> CameBack | None:
    """Whether what was taken back is there again, and who put it there."""
    return await core(came_back_core, hop, reverted)


async def instructions(hop: Hop, entry: Entry) -> str:
    """What a person has to do where it could not be taken back."""
    return await core(instructions_core, hop, entry)

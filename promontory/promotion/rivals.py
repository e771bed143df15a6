"""Controllers that would undo a revert: named in its commit, its record and its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from promontory.errors import StrategyError
from promontory.model import Place
from promontory.options import Remark
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace


def rivals(workspace: Workspace, places: Iterable[Place], snapshot: RepositorySnapshot) -> tuple[Remark, ...]:
    """Who else writes what a revert of these places writes."""
    found: dict[Remark, None] = {}
    for place in places:
        with suppress(StrategyError):  # where the strategy finds nothing, nothing can be written either
            strategy = workspace.strategy(place.application, place.environment)
            found |= dict.fromkeys(strategy.rivals(snapshot, workspace.repository.branch))
    return tuple(found)


def rivals_of(workspace: Workspace, hop: Hop) -> tuple[Remark, ...]:
    """Who would undo that ``hop`` was taken back, as of the last sync."""
    return rivals(workspace, [member.place for member in hop.members], workspace.snapshot())


def warned(why: str, remarks: Iterable[Remark]) -> str:
    """The reason of a revert, with what might undo it."""
    told = "; ".join(remark.message for remark in remarks if remark.message not in why)
    return f"{why} (it may be undone: {told})" if told else why

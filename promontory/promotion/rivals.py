"""Controllers that would undo a revert: named in its commit, its record and its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from promontory.change import FieldMove
from promontory.entry import Entry
from promontory.errors import StrategyError, TransientError
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


def rivals_of(workspace: Workspace, hop: Hop, reverted: Entry) -> tuple[Remark, ...]:
    """Who would undo that ``hop`` was taken back, as of the last sync."""
    found = rivals(workspace, [member.place for member in hop.members], workspace.snapshot())
    return (*found, *makers(workspace, reverted.fields))


def makers(workspace: Workspace, fields: Iterable[FieldMove]) -> Iterator[Remark]:
    """ApplicationSets that the live Applications were made by, as these say themselves."""
    for field in fields:
        with suppress(StrategyError, TransientError):  # that it cannot be asked now is told where it has to be set
            made_by = workspace.clusters.makers(field)
            yield from (_made(field, maker) for maker in made_by if maker.startswith("ApplicationSet "))


def _made(field: FieldMove, maker: str) -> Remark:
    name = f"{field.namespace}/{field.name}"
    return Remark(
        f"the Application {name} is made by the {maker}, which sets it back to its template",
        "promote what the ApplicationSet is made from (kind: applicationset), or let it leave the field alone "
        "(spec.ignoreApplicationDifferences)",
    )


def warned(why: str, remarks: Iterable[Remark]) -> str:
    """The reason of a revert, with what might undo it."""
    told = "; ".join(remark.message for remark in remarks if remark.message not in why)
    return f"{why} (it may be undone: {told})" if told else why

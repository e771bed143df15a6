"""Places that may not meet: directories of a branch in which everything belongs to one application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promontory.errors import StrategyError
from promontory.model import Place
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Overlap:
    """What belongs to ``place`` lies in what belongs to ``other`` already."""

    place: Place
    other: Place
    branch: str
    path: str

    @property
    def message(self) -> str:
        return f"{self.path} on the branch {self.branch} is written by {self.other}, too"


REMEDY = "give each its own path:, side by side: everything below it is replaced"


def overlaps(workspace: Workspace) -> Iterator[Overlap]:
    """Each place that lies in another one's directory, with the first such other."""
    claims = sorted(_claims(workspace), key=lambda claim: claim[:2])
    held: tuple[str, tuple[str, ...], Place] | None = None
    for branch, parts, place in claims:
        if held and held[0] == branch and parts[: len(held[1])] == held[1]:
            yield Overlap(place, held[2], branch, "/".join(parts) or ".")
        else:
            held = (branch, parts, place)


def check_territories(workspace: Workspace) -> None:
    """Raises `StrategyError` where one place would delete what belongs to another."""
    if found := next(overlaps(workspace), None):
        raise StrategyError(f"{found.place}: {found.message}", REMEDY)


def _claims(workspace: Workspace) -> Iterator[tuple[str, tuple[str, ...], Place]]:
    for application, options in workspace.config.applications.items():
        for environment in options.strategies:
            if claim := workspace.strategy(application, environment).territory:
                branch, path = claim
                yield branch, () if path == "." else tuple(path.split("/")), Place(application, environment)

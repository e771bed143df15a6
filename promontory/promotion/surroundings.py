"""What a source of releases may ask around it: Git tags, and what the application's environments run or have run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from promontory.errors import StrategyError
from promontory.ledger import Wanted
from promontory.model import Place
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Around:
    workspace: Workspace
    application: str

    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        return self.workspace.repository.remote_tags(url)

    def deployed(self) -> Sequence[str]:
        """What somebody else put there just now, of which the ledger knows nothing, is newer than what it knows."""
        entries = self.workspace.ledger.newest(self.application, wanted=Wanted(kinds=("pushed", "found")))
        came = list(dict.fromkeys(entry.release for entry in entries))
        foreign = [release for release in self.running().values() if release not in came]
        return tuple(dict.fromkeys((*foreign, *came)))

    def running(self) -> dict[str, str]:
        """Environment → the release it runs, in the order of the pipeline; without those that cannot be read."""
        found: dict[str, str] = {}
        snapshot = self.workspace.snapshot()
        for environment in self.workspace.config.pipeline(self.application).hops():
            with suppress(StrategyError):
                if release := self.workspace.current(Place(self.application, environment), snapshot):
                    found[environment] = release
        return found

"""What checks may use: the clusters, the tokens, and the repository, asked about what a controller reports."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from promontory.checks.contract import Facilities
from promontory.promotion.workspace import Workspace
from promontory.repository import Repository
from promontory.repository_url import same_repository
from promontory.tokens import HostTokens

# A controller may report a commit of elsewhere at every look.
_SEEK_AGAIN_SECONDS = 5.0


def facilities(workspace: Workspace) -> Facilities:
    """Of one run: what is opened for one check serves the others, too."""
    history = RepositoryHistory(workspace.repository)
    return Facilities(workspace.clock, workspace.objects, history, HostTokens(workspace.tokens))


@dataclass(frozen=True)
class RepositoryHistory:
    """`History`. A commit that is not known yet may have been pushed since the last sync, so it is fetched for."""

    repository: Repository
    _sought: dict[str, float] = field(default_factory=dict, repr=False)

    def is_ours(self, url: str) -> bool:
        return same_repository(url, self.repository.url)

    async def contains(self, observed: str, commit: str) -> bool | None:
        return await asyncio.to_thread(self._contains, observed, commit)

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        return await asyncio.to_thread(self._same_tree, path, one, other)

    def _contains(self, observed: str, commit: str) -> bool | None:
        if observed == commit:
            return True
        if not self._known(observed) or not self._known(commit):
            return None
        return self.repository.merge_base(observed, commit) == commit

    def _same_tree(self, path: str, one: str, other: str) -> bool:
        if not self._known(one) or not self._known(other):
            return False
        wanted = self.repository.tree_id(one, path)
        return wanted is not None and wanted == self.repository.tree_id(other, path)

    def _known(self, commit: str) -> bool:
        if self.repository.has_commit(commit):
            return True
        now = time.monotonic()
        if now - self._sought.get(commit, -_SEEK_AGAIN_SECONDS) < _SEEK_AGAIN_SECONDS:
            return False
        self._sought[commit] = now
        self.repository.sync()
        return self.repository.has_commit(commit)

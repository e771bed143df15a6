"""Who brought a release that the ledger does not know of: the commit on the branch after which it was there."""

from __future__ import annotations

from promontory.errors import PromontoryError, StrategyError
from promontory.model import Place
from promontory.promotion.explaining.values import GitChange
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace
from promontory.strategies.contract import Strategy

# Below the same files others may have committed something else since.
_MOST_CHANGES = 50


def brought_by(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot) -> GitChange | None:
    """None where no commit of the branch tells: a tag was moved, a live field set, or it was long ago."""
    try:
        return _search(workspace, place, release, snapshot)
    except PromontoryError:
        return None  # an old commit that cannot be read is no reason to explain nothing


def _search(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot) -> GitChange | None:
    repository = workspace.repository
    strategy = workspace.strategy(place.application, place.environment)
    followed = strategy.followed(snapshot, release)
    if followed is None or followed.pinned:
        return None
    commit, paths = followed.commit, _files(strategy)
    for _ in range(_MOST_CHANGES):
        told = repository.about(repository.last_change(commit, paths) if paths else commit)
        before = told.parents[0] if told.parents else None
        if before is None or not _had(strategy, _moved(snapshot, followed.commit, before), release):
            return GitChange(commit=told.sha, author=told.author, at=told.at, subject=told.subject)
        commit = before
    return None


def _had(strategy: Strategy, snapshot: RepositorySnapshot, release: str) -> bool:
    try:
        return strategy.current(snapshot) == release
    except StrategyError:
        return False


def _files(strategy: Strategy) -> tuple[str, ...]:
    """The files that say what runs; none where the whole branch does."""
    territory = strategy.territory
    return (territory[1],) if territory and territory[1] else strategy.scope


def _moved(snapshot: RepositorySnapshot, head: str, commit: str) -> RepositorySnapshot:
    """The repository with the branch at another commit, whatever its name is."""
    heads = {name: commit if at == head else at for name, at in snapshot.heads.items()}
    return RepositorySnapshot(snapshot.repository, heads, clusters=snapshot.clusters)

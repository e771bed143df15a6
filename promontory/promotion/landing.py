"""Where a merged pull request came to lie on its branch, and what the environment runs after it: read in Git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promontory.entry import Entry
from promontory.errors import TransientError
from promontory.forges import PullRequest
from promontory.model import Place
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace

_MOST_COMMITS = 20
Wanted = Mapping[Place, str | None]


@dataclass(frozen=True)
class Landing:
    """``commit`` brought it to ``branch``, which was at ``before``; ``strangers`` do not run what was wanted."""

    branch: str
    before: str
    commit: str
    strangers: tuple[Place, ...]


def landing(workspace: Workspace, proposal: Entry, request: PullRequest, wanted: Wanted) -> Landing:
    """``wanted``: what each place is to run after the merge.

    Raises `TransientError` as long as the commit that the forge names is not on the branch.
    """
    repository, branch, commit = workspace.repository, request.base, request.merged_sha or ""
    there = commit and repository.commit(commit)
    if not there or repository.merge_base(commit, repository.head(branch)) != commit:
        raise TransientError(
            f"{proposal.address} is called merged, but {commit[:12] or 'no commit of it'} is not on {branch} yet",
            "look at the branch: was it reset after the merge?",
        )
    return landed(workspace, branch, commit, wanted)


def landed(workspace: Workspace, branch: str, commit: str, wanted: Wanted) -> Landing:
    """The same for a ``commit`` that ``branch`` has been at."""
    before = _before(workspace, branch, commit, wanted)
    return Landing(branch, before, commit, _strangers(workspace, branch, commit, wanted))


def at(workspace: Workspace, branch: str, commit: str) -> RepositorySnapshot:
    """The repository with ``branch`` at another commit."""
    return RepositorySnapshot(workspace.repository, {**workspace.repository.heads(), branch: commit})


def _before(workspace: Workspace, branch: str, commit: str, wanted: Wanted) -> str:
    """The last commit of the branch at which it was not there: a rebase leaves as many commits as the request had."""
    history = workspace.repository.history(commit)[:_MOST_COMMITS]
    parents = [entry.parents[0] for entry in history if entry.parents]
    differs = (parent for parent in parents if _strangers(workspace, branch, parent, wanted))
    return next(differs, parents[0] if parents else commit)


def _strangers(workspace: Workspace, branch: str, commit: str, wanted: Wanted) -> tuple[Place, ...]:
    seen = at(workspace, branch, commit)
    return tuple(place for place, release in wanted.items() if workspace.current(place, seen) != release)

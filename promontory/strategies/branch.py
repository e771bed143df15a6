"""The branch strategy: each environment is a branch, and a promotion merges a release into it.

What is merged is the difference between the release that is in force and the one that comes, on the branch's present
head: what the environment has of its own stays, and a release that was reverted can come again. A release is a commit
of the branch before; it is called by its version tag where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from promontory.change import Change, Merge, Snapshot
from promontory.errors import StrategyError
from promontory.options import check_template
from promontory.strategies.contract import Followed, Strategy
from promontory.strategies.lineage import Brought, Lineage, canonical_name
from promontory.strategies.paths import RepositoryPath


def check_branch(name: str) -> str:
    """A ValueError for what can be no branch (git-check-ref-format)."""
    check_template(name)
    bad = name.startswith(("-", "/")) or name.endswith(("/", ".lock", ".")) or ".." in name or "@{" in name
    if bad or "{release}" in name or not name.isprintable() or any(mark in name for mark in " ~^:?*[\\"):
        raise ValueError(f"{name!r} cannot be a branch")
    return name


BranchName = Annotated[str, Field(min_length=1), AfterValidator(check_branch)]
_KEEP = "Files that belong to the environment and are never merged, as in .gitignore: **/replicas.yaml"


class BranchStrategy(Strategy):
    """Which branch an environment is, and what of a release goes into it."""

    kind: Literal["branch"]
    branch: BranchName = Field(description="The environment's branch")
    paths: tuple[RepositoryPath, ...] = Field(
        default=(), description="Only what lies below these: where the branches hold several applications"
    )
    keep: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), description=_KEEP)
    merge: Literal["commit", "ff", "squash"] | None = Field(
        default=None,
        description="commit: a merge commit with both parents; ff: a fast-forward where it can be; squash: a commit "
        "with one parent. Left out: commit, and squash with paths, so that Git does not take the rest for merged too.",
    )
    source: BranchName | None = Field(
        default=None, description="The branch that releases come from, where there is no environment before"
    )

    def current(self, files: Snapshot) -> str | None:
        return self._running(files).release

    def canonical(self, files: Snapshot, release: str) -> str:
        return canonical_name(files, release, self.paths)

    def followed(self, files: Snapshot, release: str) -> Followed | None:  # noqa: ARG002 — it holds one release
        head = files.head(self.branch)
        return Followed(head) if head else None

    def change(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> Change:
        running = self._running(files)
        commit = files.commit(release)
        if commit is None:
            remedy = "give a version tag of the repository, or a commit's id (7 digits or more)"
            raise StrategyError(f"{release} is neither a tag nor a commit of the repository", remedy)
        name = self.canonical(files, release)
        if running.release == name:
            return Change()
        if not sources and self.source is None:
            raise StrategyError(
                f"nothing comes before the branch {self.branch}, which runs {running.release}",
                f"push {release} to it, or name the branch that its releases come from with source:",
            )
        merge = Merge(commit, self._base(files, commit, running), self.paths, self.keep, self._mode)
        return Change(branch=self.branch, merge=merge, trailers=self._lineage.told(name, commit))

    def commit_of(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> str | None:  # noqa: ARG002 — a release is the same everywhere
        return files.commit(release)

    @property
    def _mode(self) -> Literal["commit", "ff", "squash"]:
        return self.merge or ("squash" if self.paths else "commit")

    @property
    def _lineage(self) -> Lineage:
        return Lineage("Brings", self.paths, self.branch)

    def _head(self, snapshot: Snapshot) -> str:
        head = snapshot.head(self.branch)
        if head is None:
            remedy = f"create it once, from what the environment runs: git push origin COMMIT:refs/heads/{self.branch}"
            raise StrategyError(f"there is no branch {self.branch}", remedy)
        return head

    def _running(self, snapshot: Snapshot) -> Brought:
        """What the branch holds; where nothing was ever promoted to it, it is a release itself."""
        return self._lineage.in_force(snapshot, self._head(snapshot))

    def _base(self, snapshot: Snapshot, commit: str, running: Brought) -> str:
        """What both sides have in common: the release in force; Git's opinion where people have merged by hand."""
        if running.common is None:
            return running.source
        common = snapshot.merge_base(running.common, commit)
        if common == commit != running.source and running.source != running.common:
            return running.source
        if common is None or common == commit:
            how = "have no history in common" if common is None else "cannot be told apart: it is in there already"
            remedy = "promote a release that is newer, or bring the branch to what it should be by hand once"
            raise StrategyError(f"the branch {self.branch} and {commit[:12]} {how}", remedy)
        return common

"""The rendered strategy: an environment's branch holds manifests as they are applied, made by kustomize or helm.

A release is a commit of the branch that they are made from, called by its version tag where it has one. The strategy
only says what is to be rendered; the promotion does it while it plans. Which release is in force stands in the trailer
``Renders`` of the environment's branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import ConfigDict, Field

from promontory.change import Change, Render, Snapshot
from promontory.errors import StrategyError
from promontory.strategies.branch import BranchName
from promontory.strategies.contract import Followed, Strategy
from promontory.strategies.lineage import Lineage, canonical_name
from promontory.strategies.paths import RepositoryPath
from promontory.strategies.renderers import Renderer


class RenderedStrategy(Strategy):
    """Where the manifests come from, and where they go."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["rendered"]
    branch: BranchName = Field(description="The environment's branch; the first promotion creates it")
    path: RepositoryPath = Field(
        description="The directory on that branch that belongs to the application alone: what is in it is replaced. "
        "A dot: all of the branch."
    )
    source: RepositoryPath = Field(description="What is rendered: the directory of a kustomization, or of a chart")
    render: Renderer = Field(description="kustomize, or {kind: helm, release_name: …, values: […]}")
    # `from` is a word of Python's
    from_branch: BranchName | None = Field(
        default=None, alias="from", description="The branch that releases come from. Left out: the repository's own"
    )

    def current(self, files: Snapshot) -> str | None:
        head = files.head(self.branch)
        brought = self._lineage.in_force(files, head) if head else None
        return brought.release if brought and brought.told else None

    def canonical(self, files: Snapshot, release: str) -> str:
        return canonical_name(files, release)

    def followed(self, files: Snapshot, release: str) -> Followed | None:  # noqa: ARG002 — it holds one release
        head = files.head(self.branch)
        return Followed(head) if head else None

    def change(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> Change:  # noqa: ARG002 — a release is the same everywhere
        commit = files.commit(release)
        if commit is None:
            remedy = "give a version tag of the repository, or a commit's id (7 digits or more)"
            raise StrategyError(f"{release} is neither a tag nor a commit of the repository", remedy)
        name = self.canonical(files, release)
        if self.current(files) == name:
            return Change()
        self._check_is_released(files, name, commit)
        options = self.render
        render = Render(
            commit,
            options.kind,
            options.arguments(self.source),
            self.source,
            self.path,
            options.timeout,
            options.twice,
        )
        return Change(branch=self.branch, render=render, trailers=self._lineage.told(name, commit))

    def commit_of(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> str | None:  # noqa: ARG002 — a release is the same everywhere
        return files.commit(release)

    def check(self, files: Snapshot) -> None:
        self.current(files)
        head = self._released(files)
        if files.at(head).names("" if self.source == "." else self.source) is None:
            where = f"on {self.from_branch}" if self.from_branch else "on the repository's branch"
            raise StrategyError(f"there is no directory {self.source} {where}", "correct source: or add the directory")

    @property
    def territory(self) -> tuple[str, str] | None:
        return self.branch, self.path

    @property
    def _lineage(self) -> Lineage:
        return Lineage("Renders", (self.path,), self.branch)

    def _released(self, files: Snapshot) -> str:
        head = files.head(self.from_branch or files.branch)
        if head is None:
            raise StrategyError(f"there is no branch {self.from_branch}", "create it, or correct from:")
        return head

    def _check_is_released(self, files: Snapshot, name: str, commit: str) -> None:
        """What lies on some other branch is nobody's release, and may have been looked at by nobody."""
        if files.merge_base(commit, self._released(files)) != commit:
            branch = self.from_branch or files.branch
            shown = name if name == commit else f"{name} ({commit[:12]})"
            raise StrategyError(
                f"{shown} is not on the branch {branch}",
                "merge it, or name the branch that releases come from in from:",
            )

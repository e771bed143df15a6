"""The files around a release, for its tests: where its own commit is, and working trees of three kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from promontory.ci_runs import CodeRepository, Pipelines, Reports, Workflows
from promontory.errors import UsageError
from promontory.promotion.planning import draw_plans, movers
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.release import shown
from promontory.repository import Repository
from promontory.suites.contract import Files, SourceCommit, WorkingTree


@dataclass(frozen=True)
class CodeOf:
    """`promontory.suites.contract.Code`, of ``member``, which moves as part of ``hop``."""

    workspace: Workspace
    hop: Hop
    member: Hop

    async def source(self) -> SourceCommit:
        return await asyncio.to_thread(self._source)

    async def read(self, path: str) -> bytes | None:
        repository = self.workspace.repository
        return await asyncio.to_thread(lambda: repository.files(repository.head()).read(path))

    @asynccontextmanager
    async def tree(self, files: Files) -> AsyncIterator[WorkingTree]:
        write: dict[Files, Callable[[Path], str]] = {
            "repository": self._write_head,
            "release": self._write_release,
            "plan": self._write_plan,
        }
        with TemporaryDirectory(prefix="promontory-") as directory:
            path = Path(directory)
            yield WorkingTree(path, await asyncio.to_thread(write[files], path))

    def _source(self) -> SourceCommit:
        workspace, member = self.workspace, self.member
        strategy = workspace.strategy(member.application, member.environment)
        sources = [workspace.strategy(member.application, name) for name in member.after]
        commit = strategy.commit_of(workspace.snapshot(), member.release, sources)
        return SourceCommit(commit) if commit else self._tagged()

    def _tagged(self) -> SourceCommit:
        """By the tag that the release is, where the tags of a Git repository are the releases."""
        member = self.member
        source = self.workspace.release_source(member.application)
        tag = source.tag_of(member.release) if source else None
        if tag is None:
            raise UsageError(
                f"which commit {shown(member.release)} was made of is not known",
                f"write `releases: {{kind: git-tags, repository: …}}` for {member.application}, where its code is",
            )
        repository = self.workspace.repository
        commit = repository.remote_tag(tag.url, tag.name) if tag.url else repository.tags().commits.get(tag.name)
        if commit is None:
            raise UsageError(f"there is no tag {tag.name} in {tag.url or repository.url}", "push the tag")
        return SourceCommit(commit, tag.url)

    def _write_head(self, path: Path) -> str:
        repository = self.workspace.repository
        head = repository.head()
        repository.export(head, path)
        return head

    def _write_release(self, path: Path) -> str:
        source = self._source()
        if source.git_url is None:
            return self._write_known(self.workspace.repository, source.commit, self.member.release, path)
        repository = self.workspace.repository.beside(source.git_url)
        try:
            repository.sync()
            return self._write_known(repository, source.commit, self.member.release, path)
        finally:
            repository.close()

    def _write_known(self, repository: Repository, commit: str, release: str, path: Path) -> str:
        if not repository.has_commit(commit):
            # No branch leads to it: then its tag does.
            source = self.workspace.release_source(self.member.application)
            tag = source.tag_of(release) if source else None
            repository.commit(tag.name if tag else release)
        repository.export(commit, path)
        return commit

    def _write_plan(self, path: Path) -> str:
        """Where nothing on a branch changes, what changes is which commit a tag names: those files are meant."""
        drawn = draw_plans(self.workspace, movers(self.hop))
        own = next(part.plan for part in drawn.parts if part.plan.application == self.member.application)
        repository = self.workspace.repository
        if not own.moves_branch and own.tags:
            repository.export(own.tags[0].commit, path)
            return own.tags[0].commit
        base = own.base or repository.head()
        repository.export(own.base, path, drawn.files(own.ref))
        return base


class NoForges:
    """`promontory.ci_runs.Forges` where none is configured."""

    def workflows(self, _: CodeRepository, /) -> Workflows:
        raise self._unknown()

    def pipelines(self, _: CodeRepository, /) -> Pipelines:
        raise self._unknown()

    def reports(self, _: CodeRepository, /) -> Reports:
        raise self._unknown()

    def _unknown(self) -> UsageError:
        return UsageError("there is no forge here", "write `forge:` into promontory.yaml")

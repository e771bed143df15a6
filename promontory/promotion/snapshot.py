"""The repository as a strategy sees it: one sync's branches and tags, with edits that are planned but not pushed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from posixpath import join, split

from promontory.change import Change, Commit, FileEdit, Files, LiveField
from promontory.clusters import Clusters, KubernetesClusters
from promontory.errors import StrategyError
from promontory.repository import Repository
from promontory.search import Found, Pattern, found_over
from promontory.suggestion import suggest


@dataclass(frozen=True)
class RepositorySnapshot:
    """`promontory.change.Snapshot`. ``heads`` stay what they are when the repository is synced again.

    ``written`` is what earlier applications of the same plan have written already: directory → name → content, None
    where it goes away.
    """

    repository: Repository
    heads: Mapping[str, str]
    written: Mapping[str, Mapping[str, bytes | None]] = field(default_factory=dict)
    clusters: Clusters = field(default_factory=KubernetesClusters)
    _seen: dict[tuple[str | None, str, str, str], str] = field(default_factory=dict)

    @classmethod
    def now(cls, repository: Repository, clusters: Clusters | None = None) -> RepositorySnapshot:
        """As of the last sync."""
        return cls(repository, repository.heads(), clusters=clusters or KubernetesClusters())

    @property
    def branch(self) -> str:
        return self.repository.branch

    def with_edits(self, edits: Sequence[FileEdit]) -> RepositorySnapshot:
        written = dict(self.written)
        for edit in edits:
            directory, name = split(edit.path)
            written[directory] = {**written.get(directory, {}), name: edit.after}
        return replace(self, written=written)

    def read(self, path: str) -> bytes | None:
        directory, name = split(path)
        here = self.written.get(directory, {})
        return here[name] if name in here else self._files.read(path)

    def names(self, directory: str) -> tuple[str, ...] | None:
        there = self._files.names(directory)
        here = self.written.get(directory.strip("/"))
        if here is None:
            return there
        gone = {name for name, content in here.items() if content is None}
        return tuple(sorted((set(there or ()) - gone) | (here.keys() - gone)))

    def search(self, directory: str, pattern: Pattern, names: Collection[str]) -> Found:
        there = self._files.search(directory, pattern, names)
        written = {join(below, name): content for below, here in self.written.items() for name, content in here.items()}
        return found_over(there, written, directory, pattern, names) if written else there

    def at(self, commit: str) -> Files:
        return self.repository.files(commit)

    def head(self, branch: str) -> str | None:
        return self.heads.get(branch)

    def existing_head(self, branch: str) -> str:
        """Like `head`; raises `StrategyError` where there is no such branch."""
        head = self.heads.get(branch)
        if head is None:
            raise StrategyError(
                f"there is no branch {branch}{suggest(branch, self.heads)}", "create it, or correct branch:"
            )
        return head

    def rewritten(self, change: Change) -> dict[str, bytes | None]:
        """The files that ``change`` edits and that are written already, as they are now."""
        own = change.branch in (None, self.repository.branch)
        places = {edit.path: split(edit.path) for edit in change.edits} if own else {}
        written = {path: (self.written.get(directory, {}), name) for path, (directory, name) in places.items()}
        return {path: here[name] for path, (here, name) in written.items() if name in here}

    def commit(self, name: str) -> str | None:
        return self.repository.commit(name)

    def tags(self) -> Mapping[str, str]:
        return self.repository.tags().commits

    def history(self, head: str) -> tuple[Commit, ...]:
        return self.repository.history(head)

    def last_change(self, commit: str, paths: Sequence[str]) -> str:
        return self.repository.last_change(commit, paths)

    def merge_base(self, one: str, other: str) -> str | None:
        return self.repository.merge_base(one, other)

    def live(self, field: LiveField) -> str:
        place = (field.context, field.namespace, field.name, field.path)
        if place not in self._seen:
            self._seen[place] = self.clusters.read(field)
        return self._seen[place]

    @cached_property
    def _files(self) -> Files:
        return self.repository.files(self.heads[self.repository.branch])

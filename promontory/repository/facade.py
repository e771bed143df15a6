"""The one object through which everything else sees a Git repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType

from promontory.change import FileEdits, Merge
from promontory.errors import RepositoryError, StrategyError, UsageError
from promontory.model import PathChange
from promontory.repository.commits import Commits
from promontory.repository.describing import Base, describe
from promontory.repository.graph import (
    find_commit,
)
from promontory.repository.history import LogEntry, log
from promontory.repository.merging import ThreeWay, selection, three_way
from promontory.repository.mirror import Heads, Mirror, empty
from promontory.repository.push import check_branch, check_updates, push_written
from promontory.repository.remote import Remote, parse_remote
from promontory.repository.settings import GitSettings
from promontory.repository.tags import RemoteTags, TagUpdate, fetch_tag, peeled_tags, remote_tag, remote_tags
from promontory.repository.undo import undo
from promontory.repository.write import BranchRemoval, RefUpdate, Update, Written, write_updates


@dataclass(frozen=True)
class MergeResult:
    """``forward_to`` is the commit that the branch can simply be moved to; None where a commit has to be written."""

    edits: FileEdits
    forward_to: str | None


class Repository(Commits):
    """A remote repository, seen through its mirror. Several threads may use one."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(mirror)
        self._settings = mirror.settings
        self._heads: Heads | None = None
        self._tags: RemoteTags | None = None

    @classmethod
    def open(cls, url: str, settings: GitSettings) -> Repository:
        """Nothing is read from the network yet. Raises `UsageError` for an address that cannot be one."""
        if settings.branch is not None:
            check_branch(settings.branch)
        return cls(Mirror(parse_remote(url), settings))

    @property
    def branch(self) -> str:
        """The configured branch, or the server's default one as of the last `sync`."""
        if self._settings.branch is not None:
            return self._settings.branch
        heads = self._known_heads()
        if heads.default is None:
            known = ", ".join(sorted(heads.branches)[:5])
            raise RepositoryError(f"{self.url} names no default branch", f"set PROMONTORY_BRANCH to one of: {known}")
        return heads.default

    def sync(self) -> dict[str, str]:
        """Fetch everything (clone at first); branch name → commit of all branches."""
        heads = self._mirror.update()
        if not heads.branches:
            raise empty(self.url)
        if heads.default is None and self._settings.branch is None:
            default = self._mirror.remote_default()
            heads = Heads(heads.branches, default if default in heads.branches else _only(heads))
        self._heads = heads
        self._tags = None
        return dict(heads.branches)

    def heads(self) -> dict[str, str]:
        """Branch name → commit as of the last `sync`, without the network."""
        return dict(self._known_heads().branches)

    def head(self, branch: str | None = None) -> str:
        """The commit a branch is at. Raises `UsageError` when there is no such branch."""
        name = branch or self.branch
        branches = self._known_heads().branches
        if name in branches:
            return branches[name]
        close = get_close_matches(name, branches, 1)
        known = ", ".join(sorted(branches)[:10])
        meant = f" (did you mean {close[0]!r}?)" if close else ""
        raise UsageError(f"{self.url} has no branch {name!r}{meant}", f"it has: {known}")

    def push(self, updates: Sequence[Update]) -> tuple[str, ...]:
        """Write one commit or tag for every update and move all of them at once; the new ids, in their order.

        The id is empty where a branch goes away.

        Raises `LostRace` when a branch is not at its update's parent (a tag not what it was), `PushRefused`,
        `AuthenticationFailed` or `TransientError` as the server answers. After a `TransientError` it is unknown
        whether the push arrived.
        """
        check_updates(updates)
        null_id = self._null_id()

        def operation() -> Written:
            with self._mirror.locked("push"):
                written = write_updates(self._mirror, self._trees, updates, null_id)
                push_written(self._mirror, updates, written)
                return written

        written = self._reading(operation)
        self._heads = _moved(self._known_heads(), updates, written)
        if any(isinstance(update, TagUpdate) for update in updates):
            self._tags = None
        return tuple(written.get(update.ref, "") for update in updates)

    def write(self, update: RefUpdate) -> str:
        """The update's commit, which no branch names yet: to be a parent of one that is pushed."""
        null_id = self._null_id()

        def operation() -> str:
            with self._mirror.locked("push"):
                return write_updates(self._mirror, self._trees, [update], null_id)[update.ref]

        return self._reading(operation)

    def describe(
        self, base: str | None, edits: FileEdits, written: Mapping[str, bytes | None] = MappingProxyType({})
    ) -> tuple[tuple[PathChange, ...], str]:
        """The object ids that every path moves from and to, and the diff. Raises `PlanChanged` on another base.

        ``base`` None: a branch that does not exist yet. ``written`` are files that are changed on it already.
        """
        like = next(iter(self._known_heads().branches.values()))
        return self._reading(lambda: describe(Base(self._trees, self.read, base, like, written), edits))

    def merge(self, head: str, merge: Merge) -> MergeResult:
        """What ``merge`` does to the branch at ``head``. Raises `StrategyError` that names the paths in conflict."""
        wanted = selection(merge.paths, merge.keep)
        sides = ThreeWay(merge.base, merge.source, head)
        merged = self._reading(lambda: three_way(self._mirror, self._trees, self.read, sides, wanted))
        if merged.conflicts:
            raise StrategyError(
                f"{merge.source[:12]} cannot be merged: both sides changed {', '.join(merged.conflicts)}",
                "make both sides the same in these places by hand, or name files that belong to the branch in keep:",
            )
        moves_on = merge.mode == "ff" and merged.complete and merge.base == head
        forward = moves_on and self.merge_base(head, merge.source) == head
        return MergeResult(merged.edits, merge.source if forward else None)

    def commit(self, name: str) -> str | None:
        """The commit that a tag or an abbreviated id names; None for none. Its files are here afterwards."""
        tag = self.tags().get(name)
        if tag is None:
            return self._reading(lambda: find_commit(self._mirror, name))
        if tag.commit not in self._present:
            if self._reading(lambda: find_commit(self._mirror, tag.commit)) is None:
                self._reading(lambda: fetch_tag(self._mirror, name))
            self._present.add(tag.commit)
        return tag.commit

    def tags(self) -> RemoteTags:
        """The tags on the server, asked for once after each `sync`."""
        if self._tags is None:
            self._tags = self._reading(lambda: peeled_tags(self._mirror))
        return self._tags

    def undo(self, before: str, after: str, head: str) -> FileEdits:
        """The edits on ``head`` that take back ``before`` → ``after`` and nothing else; none when nothing is left.

        Raises `RevertConflict` that names the paths which somebody changed since.
        """
        return self._reading(lambda: undo(self._mirror, self._trees, self.read, (before, after, head)))

    def log(self, branch: str, count: int) -> list[LogEntry]:
        """The newest commits of a branch, newest first."""
        return self._reading(lambda: log(self._mirror, self.head(branch), count))

    def remote_tags(self, url: str | None = None) -> tuple[str, ...]:
        """The tag names of this repository, or of another one, straight from the server."""
        remote = parse_remote(url) if url is not None else self._mirror.remote
        return remote_tags(remote, self._settings_for(remote))

    def remote_tag(self, url: str, name: str) -> str | None:
        """The commit that a tag of another repository names, straight from the server; None where there is none."""
        remote = parse_remote(url)
        return remote_tag(remote, self._settings_for(remote), name)

    def beside(self, url: str) -> Repository:
        """Another repository, reached with what this one is reached with."""
        return Repository.open(url, replace(self._settings_for(parse_remote(url)), branch=None))

    def maintain(self) -> bool:
        """Let git tidy the mirror, at most once a day; whether it did."""
        return self._mirror.maintain()

    def _settings_for(self, remote: Remote) -> GitSettings:
        """User name and password are for this repository's server: who names another one must not learn them."""
        if remote.origin == self._mirror.remote.origin:
            return self._settings
        return replace(self._settings, username=None, password=None)

    def _null_id(self) -> str:
        return "0" * len(next(iter(self._known_heads().branches.values())))

    def _known_heads(self) -> Heads:
        if self._heads is None:
            if not self._mirror.path.exists():
                raise RepositoryError(f"{self.url} has not been fetched yet", "call sync() first")
            self._heads = self._reading(self._mirror.heads)
        return self._heads


def _moved(heads: Heads, updates: Sequence[Update], written: Written) -> Heads:
    gone = {update.branch for update in updates if isinstance(update, BranchRemoval)}
    moved = {update.branch: written[update.ref] for update in updates if isinstance(update, RefUpdate)}
    return Heads({name: head for name, head in {**heads.branches, **moved}.items() if name not in gone}, heads.default)


def _only(heads: Heads) -> str | None:
    return next(iter(heads.branches)) if len(heads.branches) == 1 else None

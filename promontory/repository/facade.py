"""The one object through which everything else sees a Git repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType

from promontory.change import Commit, FileEdits, Merge
from promontory.errors import RepositoryError, StrategyError, UsageError
from promontory.model import PathChange
from promontory.repository.auditing import Altered, Trailed, altered, audited, note_audited, reachable, trailed
from promontory.repository.contents import Contents
from promontory.repository.describing import Base, describe
from promontory.repository.graph import (
    changes,
    find_commit,
    first_parents,
    last_change,
    lineage,
    merge_base,
    on_first_parents,
)
from promontory.repository.history import LogEntry, log
from promontory.repository.merging import ThreeWay, changed, selection, three_way
from promontory.repository.mirror import Heads, Mirror, empty
from promontory.repository.push import check_branch, check_updates, push_written
from promontory.repository.remembering import Remembered
from promontory.repository.remote import Remote, parse_remote
from promontory.repository.settings import GitSettings
from promontory.repository.tags import RemoteTags, TagUpdate, fetch_tag, peeled_tags, remote_tag, remote_tags
from promontory.repository.undo import undo
from promontory.repository.write import BranchRemoval, RefUpdate, Update, Written, write_updates

_FACTS = 4_096
_HISTORIES = 8  # each may be of thousands of commits


@dataclass(frozen=True)
class MergeResult:
    """``forward_to`` is the commit that the branch can simply be moved to; None where a commit has to be written."""

    edits: FileEdits
    forward_to: str | None


class Repository(Contents):
    """A remote repository, seen through its mirror. Several threads may use one."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(mirror)
        self._settings = mirror.settings
        self._heads: Heads | None = None
        self._tags: RemoteTags | None = None
        self._facts = Remembered(_FACTS)
        self._histories = Remembered(_HISTORIES)

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

    def has_commit(self, oid: str) -> bool:
        """Whether a commit of this full id was there at the last `sync`."""
        return self._reading(lambda: find_commit(self._mirror, oid)) == oid

    def tags(self) -> RemoteTags:
        """The tags on the server, asked for once after each `sync`."""
        if self._tags is None:
            self._tags = self._reading(lambda: peeled_tags(self._mirror))
        return self._tags

    def history(self, head: str) -> tuple[Commit, ...]:
        """The newest commits from ``head`` along first parents, newest first; some thousands at the most."""
        return self._histories.ask(head, lambda: self._reading(lambda: first_parents(self._mirror, head)))

    def has_been_at(self, head: str, commit: str) -> bool:
        """Whether a branch whose head is ``head`` has been at ``commit``, by first parents; merged is not enough."""
        return self._reading(lambda: on_first_parents(self._mirror, head, commit))

    def altered(self, head: str, free: str) -> list[Altered]:
        """What the commits of a branch that files are only added to did besides; ``free`` is a file that may change."""
        return self._reading(lambda: altered(self._mirror, head, free))

    def audited(self) -> str | None:
        """The commit that `note_audited` was told last, in this mirror."""
        return self._reading(lambda: audited(self._mirror))

    def note_audited(self, commit: str) -> None:
        """Remember a branch's commit, whatever becomes of the branch."""
        self._reading(lambda: note_audited(self._mirror, commit))

    def trailed(self, heads: Sequence[str], keys: Sequence[str]) -> list[Trailed]:
        """The commits that lead to ``heads`` and have one of these trailers, in no particular order."""
        return self._reading(lambda: trailed(self._mirror, heads, keys))

    def reachable(self, heads: Sequence[str]) -> frozenset[str]:
        """Every commit that leads to one of ``heads``."""
        return self._reading(lambda: reachable(self._mirror, heads))

    def lineage(self, head: str) -> tuple[tuple[str, int], ...]:
        """All commits of which `has_been_at` is true, oldest first, each with the second that it says it is of."""
        return self._reading(lambda: lineage(self._mirror, head))

    def changes(self, head: str, path: str) -> tuple[str, ...]:
        """The commits along first parents after which a file is another one, or gone; newest first."""
        return self._reading(lambda: changes(self._mirror, head, path))

    def last_change(self, commit: str, paths: Sequence[str]) -> str:
        """The newest commit along first parents that changed what lies below ``paths``; ``commit`` where none did."""
        ask = partial(last_change, self._mirror, commit, paths)
        return self._facts.ask(("last change", commit, *paths), lambda: self._reading(ask))

    def merge_base(self, one: str, other: str) -> str | None:
        ask = partial(merge_base, self._mirror, one, other)
        return self._facts.ask(("merge base", one, other), lambda: self._reading(ask))

    def differing(self, before: str, after: str) -> tuple[tuple[str, str | None], ...]:
        """Each file that is another one after, with its object's id then; None where it is gone."""

        def compare() -> tuple[tuple[str, str | None], ...]:
            found = changed(self._trees, self._trees.root(before), self._trees.root(after))
            return tuple((path, becomes.oid if becomes else None) for path, _, becomes in found)

        return self._reading(compare)

    def undo(self, before: str, after: str, head: str) -> FileEdits:
        """The edits on ``head`` that take back ``before`` → ``after`` and nothing else; none when nothing is left.

        Raises `RevertConflict` that names the paths which somebody changed since.
        """
        return self._reading(lambda: undo(self._mirror, self._trees, self.read, (before, after, head)))

    def log(self, branch: str, count: int) -> list[LogEntry]:
        """The newest commits of a branch, newest first."""
        return self._reading(lambda: log(self._mirror, self.head(branch), count))

    def about(self, commit: str) -> LogEntry:
        """What one commit says of itself. Raises `RepositoryError` where the mirror does not have it."""
        return self._reading(lambda: log(self._mirror, commit, 1))[0]

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

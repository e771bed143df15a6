"""How the commits of a repository follow one another, what became of files on the way, and what they say of themselves.

Like the contents, it knows them by their ids only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from promontory.change import Commit
from promontory.repository.auditing import Altered, Trailed, altered, audited, note_audited, reachable, trailed
from promontory.repository.contents import Contents
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
from promontory.repository.merging import changed
from promontory.repository.mirror import Mirror
from promontory.repository.remembering import Remembered

_FACTS = 4_096
_HISTORIES = 8  # each may be of thousands of commits


class Commits(Contents):
    """What git says of commits holds for ever, so some of it is remembered."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(mirror)
        self._facts = Remembered(_FACTS)
        self._histories = Remembered(_HISTORIES)

    def has_commit(self, oid: str) -> bool:
        """Whether a commit of this full id was there at the last `sync`."""
        return self._reading(lambda: find_commit(self._mirror, oid)) == oid

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

    def about(self, commit: str) -> LogEntry:
        """What one commit says of itself. Raises `RepositoryError` where the mirror does not have it."""
        return self._reading(lambda: log(self._mirror, commit, 1))[0]

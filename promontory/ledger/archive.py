"""The ledger's archive: where most entries lie, so that the branch's head holds few of them.

A Git server goes through all that a branch held, whenever it is pushed to (receive-pack's check of connectivity). So
once a head has grown, its entries move on, month by month and as they are, to another commit with the same directories.
It is a parent of the commit that moves them, hence fetched, kept and protected together with the ledger, and the head
names it in an entry of the sort that Git has for submodules: nothing has to be read to find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promontory.change import EntryEdit, FileEdits, TreeEntry
from promontory.ledger.directories import ANYWHERE, DIRECTORY, Directories, Month, Tree, months_below

# No application can be called so.
ARCHIVE = "archive.commit"
_SUBMODULE = "160000"


@dataclass(frozen=True)
class MovedMonth:
    """One month's directory, as the ledger's head has it, as the archive has it (ids), and the files of both."""

    path: str
    head: str
    archive: str | None
    together: Tree


@dataclass(frozen=True)
class Archiving:
    """What moves from the ledger's ``head`` into its ``archive``: the commits, as they are so far."""

    head: str
    archive: str | None
    months: tuple[MovedMonth, ...]
    entries: int

    def archived(self, oids: Mapping[str, str]) -> FileEdits:
        """What becomes of the archive; ``oids`` are the ids of the directories by their paths."""
        return FileEdits(entries=tuple(_edit(each.path, each.archive, oids[each.path]) for each in self.months))

    def kept(self, archive: str) -> FileEdits:
        """What becomes of the ledger's head once the archive is the commit ``archive``."""
        before = TreeEntry(_SUBMODULE, self.archive) if self.archive else None
        pointer = EntryEdit(ARCHIVE, before, TreeEntry(_SUBMODULE, archive))
        return FileEdits(entries=(*(_edit(each.path, each.head, None) for each in self.months), pointer))

    @property
    def message(self) -> str:
        return f"Move {self.entries} entries to the archive\n"


def archive_of(root: Tree) -> str | None:
    """The archive's commit, which the ledger's root directory names."""
    entry = root.get(ARCHIVE)
    return entry.oid if entry and entry.mode == _SUBMODULE else None


def plan_archiving(store: Directories, commit: str, limit: int) -> Archiving | None:
    """What is to move out of the ledger's head ``commit``; None as long as it holds fewer than ``limit`` entries."""
    root = store.directory(commit)
    here = months_below(store, root, [ANYWHERE])
    trees = store.directories([month.oid for month in here])
    if sum(len(tree) for tree in trees) < limit:
        return None
    archive = archive_of(root)
    there = _wanted(store, archive, {month.path for month in here}) if archive else {}
    pairs = [(month, tree, there.get(month.path)) for month, tree in zip(here, trees, strict=True)]
    # Two files of one name are nobody's but a forger's: they stay where the audit finds both.
    sound = [(month, tree, old) for month, tree, old in pairs if old is None or _fits(tree, old[1])]
    moved = tuple(_moved(month, tree, old) for month, tree, old in sound)
    return Archiving(commit, archive, moved, sum(len(tree) for _, tree, _ in sound)) if moved else None


def _wanted(store: Directories, archive: str, paths: set[str]) -> dict[str, tuple[Month, Tree]]:
    months = [month for month in months_below(store, store.directory(archive), [ANYWHERE]) if month.path in paths]
    trees = store.directories([month.oid for month in months])
    return {month.path: (month, tree) for month, tree in zip(months, trees, strict=True)}


def _fits(tree: Tree, other: Tree) -> bool:
    return all(other.get(name, entry) == entry for name, entry in tree.items())


def _moved(month: Month, tree: Tree, old: tuple[Month, Tree] | None) -> MovedMonth:
    before, files = (old[0].oid, old[1]) if old else (None, {})
    return MovedMonth(month.path, month.oid, before, {**files, **tree})


def _edit(path: str, before: str | None, after: str | None) -> EntryEdit:
    return EntryEdit(path, *(TreeEntry(DIRECTORY, oid) if oid else None for oid in (before, after)))

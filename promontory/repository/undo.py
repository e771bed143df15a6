"""Take one change back on the present head, and only that one: never a revert of commits, never a rebase of text."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from promontory.errors import RevertConflict
from promontory.model import FileEdit, FileEdits, TreeEntry
from promontory.repository.mirror import Mirror
from promontory.repository.tree import DIRECTORY, SUBMODULE, SYMLINK, Tree, Trees


@dataclass(frozen=True)
class _Path:
    """One path that the change touched: its entries before and after the change, and at the head."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None
    head: TreeEntry | None

    @property
    def plain(self) -> bool:
        present = (entry for entry in (self.before, self.after, self.head) if entry)
        return all(entry.mode not in (SYMLINK, SUBMODULE, DIRECTORY) for entry in present)


def undo(
    mirror: Mirror, trees: Trees, read: Callable[[Iterable[str]], Mapping[str, bytes]], commits: tuple[str, str, str]
) -> FileEdits:
    """The edits on ``head`` that take back ``before`` → ``after``; none when nothing of it is left.

    ``commits`` are before, after and head. Raises `RevertConflict` that names the paths others changed since.
    """
    before, after, head = commits
    paths = [
        _Path(path, was, became, trees.entry(head, path))
        for path, was, became in changed(trees, trees.root(before), trees.root(after))
    ]
    pending = [path for path in paths if _oid(path.head) != _oid(path.before)]
    entries = (entry for path in pending if path.plain for entry in (path.before, path.after, path.head))
    contents = read(entry.oid for entry in entries if entry)
    edits: list[FileEdit] = []
    conflicts: list[str] = []
    for path in pending:
        try:
            edits.append(_edit(mirror, path, contents))
        except RevertConflict:
            conflicts.append(path.path)
    if conflicts:
        raise RevertConflict(
            f"somebody changed the same place since: {', '.join(conflicts)}",
            "look at the file's log and set the version that is right by hand, or promote it",
        )
    return FileEdits(tuple(edit for edit in edits if edit.before != edit.after))


def changed(trees: Trees, old: Tree, new: Tree, base: str = "") -> list[tuple[str, TreeEntry | None, TreeEntry | None]]:
    """Every file that differs between two trees, with its entries; the same subtrees are not read."""
    found: list[tuple[str, TreeEntry | None, TreeEntry | None]] = []
    for name in sorted({*old, *new}):
        was, becomes = old.get(name), new.get(name)
        if was == becomes:
            continue
        found += changed(trees, _below(trees, was), _below(trees, becomes), f"{base}{name}/")
        files = [None if entry and entry.mode == DIRECTORY else entry for entry in (was, becomes)]
        if _oid(files[0]) != _oid(files[1]):
            found.append((base + name, files[0], files[1]))
    return found


def _edit(mirror: Mirror, path: _Path, contents: Mapping[str, bytes]) -> FileEdit:
    if not path.plain:
        raise RevertConflict(path.path)
    before, after, head = (contents[entry.oid] if entry else None for entry in (path.before, path.after, path.head))
    if head == after:
        return FileEdit(path.path, head, before)
    if before is None or after is None or head is None:
        raise RevertConflict(path.path)
    return FileEdit(path.path, head, _merge(mirror, path.path, head, after, before))


def _merge(mirror: Mirror, path: str, ours: bytes, base: bytes, theirs: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="promontory-undo-") as place:
        names = [Path(place) / name for name in ("head", "after", "before")]
        for name, content in zip(names, (ours, base, theirs), strict=True):
            name.write_bytes(content)
        outcome = mirror.command.run("merge-file", "-p", "--quiet", *(str(name) for name in names))
    if outcome.status != 0:
        raise RevertConflict(path)
    return outcome.stdout


def _below(trees: Trees, entry: TreeEntry | None) -> Tree:
    return trees.load([entry.oid])[0] if entry and entry.mode == DIRECTORY else {}


def _oid(entry: TreeEntry | None) -> str | None:
    return entry.oid if entry else None

"""Three-way merges of trees, path by path, without a checkout and without following renames.

What a merge takes over whole it takes over by object id, with its mode; only where both sides changed one file are
contents merged, by ``git merge-file``. Used to bring a release into a branch, and to take a change back again.
(``git merge-tree --write-tree`` learned to be told its base in Git 2.40 only; and it cannot leave files out.)
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from promontory.change import EntryEdit, FileEdit, FileEdits, TreeEntry
from promontory.repository.mirror import Mirror
from promontory.repository.tree import DIRECTORY, SUBMODULE, SYMLINK, Tree, Trees

Read = Callable[[Iterable[str]], Mapping[str, bytes]]


@dataclass(frozen=True)
class ThreeWay:
    """The commits: what differs between ``base`` and ``theirs`` is done to ``ours``."""

    base: str
    theirs: str
    ours: str


@dataclass(frozen=True)
class Merged:
    """``conflicts`` are the paths that both sides changed, in ways that do not go together.

    ``complete``: nothing that differs between ``base`` and ``theirs`` was left out.
    """

    edits: FileEdits
    conflicts: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class _Path:
    path: str
    base: TreeEntry | None
    theirs: TreeEntry | None
    ours: TreeEntry | None

    @property
    def mergeable(self) -> bool:
        """All three are there, and plain files."""
        sides = (self.base, self.theirs, self.ours)
        return all(entry is not None and entry.mode not in (SYMLINK, SUBMODULE, DIRECTORY) for entry in sides)


def three_way(
    mirror: Mirror, trees: Trees, read: Read, commits: ThreeWay, wanted: Callable[[str], bool] = lambda _: True
) -> Merged:
    """Merge; ``wanted`` says which paths may be touched at all."""
    differing = changed(trees, trees.root(commits.base), trees.root(commits.theirs))
    paths = [_Path(path, was, becomes, _ours(trees, commits, path)) for path, was, becomes in differing if wanted(path)]
    open_paths = [path for path in paths if path.ours != path.theirs]
    taken = [path for path in open_paths if path.ours == path.base]
    both = [path for path in open_paths if path.ours != path.base]
    contents = read(
        entry.oid for path in both if path.mergeable for entry in (path.base, path.theirs, path.ours) if entry
    )
    edits = {path.path: _merged_file(mirror, path, contents) for path in both}
    blocked = _blocked(trees, commits.ours, taken)
    blocked |= {path for path, edit in edits.items() if edit is None}
    return Merged(
        FileEdits(
            tuple(edit for edit in edits.values() if edit is not None and edit.before != edit.after),
            tuple(EntryEdit(path.path, path.ours, path.theirs) for path in taken),
        ),
        tuple(path.path for path in open_paths if path.path in blocked),
        complete=len(paths) == len(differing),
    )


def selection(paths: Sequence[str], keep: Sequence[str]) -> Callable[[str], bool]:
    """Which files a merge may touch: those below ``paths`` (all where empty) that no pattern of ``keep`` matches."""
    from pathspec import PathSpec  # slow to import, and only merges need it

    kept = PathSpec.from_lines("gitignore", keep)
    below = tuple(f"{path.rstrip('/')}/" for path in paths if path != ".")

    def wanted(path: str) -> bool:
        return (not below or path in paths or path.startswith(below)) and not kept.match_file(path)

    return wanted


def changed(trees: Trees, old: Tree, new: Tree, base: str = "") -> list[tuple[str, TreeEntry | None, TreeEntry | None]]:
    """Every file that differs between two trees, with its entries; the same subtrees are not read."""
    found: list[tuple[str, TreeEntry | None, TreeEntry | None]] = []
    for name in sorted({*old, *new}):
        was, becomes = old.get(name), new.get(name)
        if was == becomes:
            continue
        found += changed(trees, _below(trees, was), _below(trees, becomes), f"{base}{name}/")
        files = [None if entry and entry.mode == DIRECTORY else entry for entry in (was, becomes)]
        if files[0] != files[1]:
            found.append((base + name, files[0], files[1]))
    return found


def _ours(trees: Trees, commits: ThreeWay, path: str) -> TreeEntry | None:
    """Our side's entry; a directory that is still the base's goes file by file, and counts as nothing in the way."""
    entry = trees.entry(commits.ours, path, strict=False)
    if entry and entry.mode == DIRECTORY and trees.entry(commits.base, path, strict=False) == entry:
        return None
    return entry


def _blocked(trees: Trees, ours: str, taken: list[_Path]) -> set[str]:
    """New files that would stand below what is a file on our side, and would silently replace it."""
    going = {path.path for path in taken if path.theirs is None}
    parents = {parent for path in taken if path.theirs for parent in _parents(path.path)} - going
    files = {parent for parent in parents if _is_file(trees.entry(ours, parent, strict=False))}
    return {path.path for path in taken if path.theirs and files & set(_parents(path.path))}


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _is_file(entry: TreeEntry | None) -> bool:
    return entry is not None and entry.mode != DIRECTORY


def _merged_file(mirror: Mirror, path: _Path, contents: Mapping[str, bytes]) -> FileEdit | None:
    """None: a conflict."""
    if not (path.mergeable and path.base and path.theirs and path.ours):
        return None
    ours, base, theirs = (contents[entry.oid] for entry in (path.ours, path.base, path.theirs))
    merged = _merge_file(mirror, ours, base, theirs)
    return None if merged is None else FileEdit(path.path, ours, merged)


def _merge_file(mirror: Mirror, ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="promontory-merge-") as place:
        names = [Path(place) / name for name in ("ours", "base", "theirs")]
        for name, content in zip(names, (ours, base, theirs), strict=True):
            name.write_bytes(content)
        outcome = mirror.command.run("merge-file", "-p", "--quiet", *(str(name) for name in names))
    return outcome.stdout if outcome.status == 0 else None


def _below(trees: Trees, entry: TreeEntry | None) -> Tree:
    return trees.load([entry.oid])[0] if entry and entry.mode == DIRECTORY else {}

"""What a change does to the files of a commit, as object ids and as a diff: computed here, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promontory.change import EntryEdit, FileEdit, FileEdits, TreeEntry
from promontory.errors import PlanChanged
from promontory.model import PathChange
from promontory.repository.blobs import NEW_FILE, blob_id, replaced_entry
from promontory.repository.difference import Side, file_diff
from promontory.repository.tree import SUBMODULE, Trees

Contents = Mapping[str, bytes]

# Nobody reads more; the digest covers every path all the same.
_SHOWN = 1000


@dataclass(frozen=True)
class Base:
    """What a change is described against. ``commit`` None: a branch that does not exist yet.

    ``like`` is any id of the repository: those of new files have as many digits. ``written`` are files that are
    changed on top of the commit already (None: deleted).
    """

    trees: Trees
    read: Callable[[Iterable[str]], Contents]
    commit: str | None
    like: str
    written: Mapping[str, bytes | None] = field(default_factory=dict)


def describe(base: Base, edits: FileEdits) -> tuple[tuple[PathChange, ...], str]:
    """The ids each path moves from and to, and the diff. Edits that change nothing are left out."""
    edited = {edit.path: _edited(base, edit) for edit in edits.edits}
    replaced = {edit.path: _replaced(base, edit) for edit in edits.entries}
    both = {**edited, **replaced}
    paths = sorted(path for path, (was, becomes) in both.items() if (was.oid, was.mode) != (becomes.oid, becomes.mode))
    changes = tuple(PathChange(path=path, before=both[path][0].oid, after=both[path][1].oid) for path in paths)
    shown = paths[:_SHOWN]
    contents = _contents(base, [replaced[path] for path in shown if path in replaced])
    diffs = [file_diff(path, *(_with(side, contents) for side in both[path])) for path in shown]
    hidden = [f"{path}: changes too, too many files to show\n" for path in paths[_SHOWN:]]
    return changes, "".join([*diffs, *hidden])


def _edited(base: Base, edit: FileEdit) -> tuple[Side, Side]:
    entry = _rewritten(base, edit) if edit.path in base.written else replaced_entry(base.trees, base.commit, edit)
    mode = entry.mode if entry else NEW_FILE
    was = Side(entry.oid, mode, edit.before or b"") if entry else Side()
    if edit.before == edit.after:
        return was, was
    return was, Side() if edit.after is None else Side(blob_id(edit.after, base.like), mode, edit.after)


def _rewritten(base: Base, edit: FileEdit) -> TreeEntry | None:
    """The file as it is written already; its mode stays what it is in the commit."""
    content = base.written[edit.path]
    if content != edit.before:
        raise PlanChanged(f"{edit.path}: is not what it was when the change was planned", "plan again")
    there = base.trees.entry(base.commit, edit.path) if base.commit else None
    return None if content is None else TreeEntry(there.mode if there else NEW_FILE, blob_id(content, base.like))


def _replaced(base: Base, edit: EntryEdit) -> tuple[Side, Side]:
    there = base.trees.entry(base.commit, edit.path, strict=False) if base.commit else None
    if there != edit.before:
        raise PlanChanged(f"{edit.path}: is not what it was when the change was planned", "plan again")
    return _side(edit.before), _side(edit.after)


def _side(entry: TreeEntry | None) -> Side:
    return Side(entry.oid, entry.mode) if entry else Side()


def _contents(base: Base, pairs: Sequence[tuple[Side, Side]]) -> Contents:
    return base.read(side.oid for pair in pairs for side in pair if side.oid and side.mode != SUBMODULE)


def _with(side: Side, contents: Contents) -> Side:
    if side.mode == SUBMODULE:
        return Side(side.oid, side.mode, f"Subproject commit {side.oid}\n".encode())
    return Side(side.oid, side.mode, side.content or contents.get(side.oid or "", b""))

"""Blobs by their content: what git calls these bytes, and whether a commit really holds them."""

from __future__ import annotations

from hashlib import new

from promontory.change import FileEdit, TreeEntry
from promontory.errors import PlanChanged, UsageError
from promontory.repository.tree import DIRECTORY, SUBMODULE, SYMLINK, Trees, symlink_refused

NEW_FILE = "100644"
SHA256_LENGTH = 64


def blob_id(content: bytes, like: str) -> str:
    """The blob's id in the object format (sha1 or sha256) of the id ``like``."""
    digest = new("sha256" if len(like) == SHA256_LENGTH else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()


def replaced_entry(trees: Trees, parent: str | None, edit: FileEdit) -> TreeEntry | None:
    """What the edit replaces in ``parent``. Raises `PlanChanged` when that is not what the edit was made from."""
    check_path(edit.path)
    entry = trees.entry(parent, edit.path) if parent else None
    if entry is not None and entry.mode == SYMLINK:
        raise symlink_refused(edit.path)
    if entry is not None and entry.mode in (DIRECTORY, SUBMODULE):
        raise PlanChanged(f"{edit.path}: is a directory or a submodule, not a file")
    expected = None if edit.before is None else blob_id(edit.before, entry.oid if entry else "")
    if (entry.oid if entry else None) != expected:
        raise PlanChanged(f"{edit.path}: is not what it was when the change was planned", "plan again")
    return entry


def check_path(path: str) -> None:
    """Raises `UsageError` for what must never become a path in a tree."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts) or "\0" in path:
        raise UsageError(f"{path!r} cannot be a path in a repository")

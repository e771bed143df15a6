"""Tree objects made of what is in Git already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promontory.change import TreeEntry
from promontory.repository.mirror import Mirror
from promontory.repository.tree import DIRECTORY, SUBMODULE


def write_directories(mirror: Mirror, directories: Sequence[Mapping[str, TreeEntry]]) -> list[str]:
    """The ids of trees with these entries; fast-import would fetch each blob that is missing here, to look at it."""
    if not directories:
        return []
    stream = b"\0".join(b"".join(_tree_line(*entry) for entry in tree.items()) for tree in directories)
    outcome = mirror.run("mktree", "--missing", "--batch", "-z", stdin=stream)
    return outcome.stdout.decode().split()


def _tree_line(name: str, entry: TreeEntry) -> bytes:
    kind = {DIRECTORY: "tree", SUBMODULE: "commit"}.get(entry.mode, "blob")
    return f"{entry.mode} {kind} {entry.oid}\t".encode() + name.encode("utf-8", "surrogateescape") + b"\0"

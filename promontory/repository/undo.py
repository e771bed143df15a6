"""Take one change back on the present head, and only that one: never a revert of commits, never a rebase of text."""

from __future__ import annotations

from promontory.change import FileEdits
from promontory.errors import RevertConflict
from promontory.repository.merging import Read, ThreeWay, three_way
from promontory.repository.mirror import Mirror
from promontory.repository.tree import Trees


def undo(mirror: Mirror, trees: Trees, read: Read, commits: tuple[str, str, str]) -> FileEdits:
    """The edits on ``head`` that take back ``before`` → ``after``; none when nothing of it is left.

    ``commits`` are before, after and head. Raises `RevertConflict` that names the paths others changed since.
    """
    before, after, head = commits
    merged = three_way(mirror, trees, read, ThreeWay(base=after, theirs=before, ours=head))
    if merged.conflicts:
        raise RevertConflict(
            f"somebody changed the same place since: {', '.join(merged.conflicts)}",
            "look at the file's log and set the version that is right by hand, or promote it",
        )
    return merged.edits

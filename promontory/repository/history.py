"""The log of a branch, with the trailers in it that say what each commit moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from promontory.repository.mirror import Mirror

# git finds the trailers itself: only a proper block at the end of a message counts, not a look-alike in its text.
_FORMAT = "--format=tformat:%H%x00%s%x00%an <%ae>%x00%cI%x00%P%x00%(trailers:only=true,unfold=true)"
_FIELDS = 6


@dataclass(frozen=True)
class LogEntry:
    """One commit. ``at`` is when it was committed; a trailer that stands there twice is joined with commas."""

    sha: str
    subject: str
    author: str
    at: datetime
    trailers: dict[str, str]
    parents: tuple[str, ...] = ()


def log(mirror: Mirror, commit: str, count: int) -> list[LogEntry]:
    """The newest ``count`` commits that lead to ``commit``, newest first."""
    return list(_entries(mirror, commit, count))


def _entries(mirror: Mirror, commit: str, count: int) -> Iterator[LogEntry]:
    outcome = mirror.run("log", "-z", f"--max-count={count}", _FORMAT, commit, "--")
    fields = outcome.stdout.decode(errors="replace").split("\0")
    for start in range(0, len(fields) - _FIELDS + 1, _FIELDS):
        sha, subject, author, moment, parents, trailers = fields[start : start + _FIELDS]
        yield LogEntry(
            sha, subject, author, datetime.fromisoformat(moment), trailers_in(trailers), tuple(parents.split())
        )


def trailers_in(block: str) -> dict[str, str]:
    """Key → value; the values of one that stands there twice are joined with commas."""
    found: dict[str, str] = {}
    # Only Git's own line break ends a line: a value may hold others.
    for line in filter(None, block.split("\n")):
        key, _, value = line.partition(":")
        found[key] = f"{found[key]}, {value.strip()}" if key in found else value.strip()
    return found

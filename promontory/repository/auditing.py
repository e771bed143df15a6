"""What an audit asks of a repository's history: commits that did more than add files, and what trailers say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from promontory.repository.history import trailers_in
from promontory.repository.mirror import Mirror

_HEAD = "--format=tformat:%x01%H%x00%an <%ae>%x00%cI%x00"
# No branch of the remote, so that no fetch moves it.
_AUDITED = "refs/promontory/audited"
_TRAILED = "--format=tformat:%H%x00%(trailers:only=true,unfold=true)"


@dataclass(frozen=True)
class Altered:
    """A file that a commit changed or removed; ``how`` is git's letter: M, D, T, …"""

    path: str
    how: str
    commit: str
    author: str
    at: str


@dataclass(frozen=True)
class Trailed:
    commit: str
    trailers: dict[str, str]


def altered(mirror: Mirror, head: str, free: str) -> list[Altered]:
    """Every file but ``free`` that a commit up to ``head`` did not add but change or remove, the newest first."""
    what = ("--first-parent", "-m", "--root", "--no-renames", "--name-status", "-z", "--diff-filter=a")
    outcome = mirror.run("log", *what, _HEAD, head, "--", ":(top)", f":(top,exclude,literal){free}")
    text = outcome.stdout.decode("utf-8", "replace")
    return [change for commit in text.split("\x01")[1:] for change in _changes(commit)]


def trailed(mirror: Mirror, heads: Sequence[str], keys: Sequence[str]) -> list[Trailed]:
    """The commits that lead to ``heads`` and have one of these trailers."""
    if not heads:
        return []
    wanted = [f"--grep=^{key}: " for key in keys]
    outcome = mirror.run("log", "-z", "--stdin", *wanted, _TRAILED, stdin="".join(f"{it}\n" for it in heads).encode())
    fields = outcome.stdout.decode(errors="replace").split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    found = (Trailed(commit, trailers_in(block)) for commit, block in pairs)
    return [each for each in found if any(key in each.trailers for key in keys)]


def reachable(mirror: Mirror, heads: Sequence[str]) -> frozenset[str]:
    """Every commit that leads to one of ``heads``."""
    outcome = mirror.run("rev-list", "--stdin", stdin="".join(f"{head}\n" for head in heads).encode())
    return frozenset(outcome.stdout.decode().split())


def audited(mirror: Mirror) -> str | None:
    """What the branch was at that was audited in this mirror before; nothing of it is forgotten since."""
    return mirror.run("for-each-ref", "--format=%(objectname)", _AUDITED).stdout.decode().strip() or None


def note_audited(mirror: Mirror, commit: str) -> None:
    mirror.run("update-ref", _AUDITED, commit)


def _changes(commit: str) -> Iterator[Altered]:
    oid, author, at, *changes = commit.split("\0")
    letters = [each.strip("\n") for each in changes]
    letters = letters[1:] if letters and not letters[0] else letters
    for how, path in zip(letters[::2], letters[1::2], strict=False):
        yield Altered(path, how, oid, author, at)

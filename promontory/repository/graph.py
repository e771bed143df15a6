"""What leads to what: common ancestors, first parents, and the commits that names stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promontory.change import Commit
from promontory.repository.history import trailers_in
from promontory.repository.mirror import Mirror

_ID = re.compile(r"[0-9a-f]{7,64}")
_FORMAT = "--format=tformat:%H%x00%P%x00%(trailers:only=true,unfold=true)"
_FIELDS = 3
# An environment's branch gets a commit a promotion; whoever asks what it runs finds the answer near its head.
_DEEPEST = 2_000


def find_commit(mirror: Mirror, abbreviated: str) -> str | None:
    """The one commit in the mirror whose id begins so; None for none, for several, and for what is no id."""
    if not _ID.fullmatch(abbreviated):
        return None
    outcome = mirror.command.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{abbreviated}^{{commit}}")
    return outcome.stdout.decode().strip() or None if outcome.status == 0 else None


def tree_of(mirror: Mirror, commit: str) -> str:
    return mirror.run("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}").stdout.decode().strip()


def merge_base(mirror: Mirror, one: str, other: str) -> str | None:
    outcome = mirror.command.run("merge-base", "--", one, other)
    if outcome.status > 1:
        raise mirror.failure(outcome.stderr)
    return outcome.stdout.decode().strip() or None


def first_parents(mirror: Mirror, head: str) -> tuple[Commit, ...]:
    """From ``head`` along first parents, newest first, so many as hold what is looked for."""
    outcome = mirror.run("log", "-z", "--first-parent", f"--max-count={_DEEPEST}", _FORMAT, head, "--")
    fields = outcome.stdout.decode(errors="replace").split("\0")
    return tuple(
        Commit(fields[start], tuple(fields[start + 1].split()), trailers_in(fields[start + 2]))
        for start in range(0, len(fields) - _FIELDS + 1, _FIELDS)
    )


def last_change(mirror: Mirror, commit: str, paths: Sequence[str]) -> str:
    """The newest commit along first parents that changed what lies below ``paths``; ``commit`` where none did."""
    literal = [f":(top,literal){path}" for path in paths]
    outcome = mirror.run("log", "--first-parent", "--max-count=1", "--format=%H", commit, "--", *literal)
    return outcome.stdout.decode().strip() or commit


def lineage(mirror: Mirror, head: str) -> tuple[tuple[str, int], ...]:
    """Every commit that a branch at ``head`` has been at, oldest first, with the second that it says it is of;
    `on_first_parents` is for single ones.
    """
    outcome = mirror.run("log", "--first-parent", "--reverse", "--format=%H %ct", head, "--")
    lines = (line.partition(" ") for line in outcome.stdout.decode().splitlines())
    return tuple((commit, int(second)) for commit, _, second in lines)


def changes(mirror: Mirror, head: str, path: str) -> tuple[str, ...]:
    """The commits along first parents that made another file of ``path``, newest first."""
    literal = f":(top,literal){path}"
    return tuple(mirror.run("log", "--first-parent", "-m", "--format=%H", head, "--", literal).stdout.decode().split())


def on_first_parents(mirror: Mirror, head: str, commit: str) -> bool:
    """Whether ``commit`` is one of those that a branch at ``head`` has been at, as far as its first parents say."""
    if head == commit:
        return True
    if find_commit(mirror, commit) != commit:
        return False
    outcome = mirror.run("rev-list", "--first-parent", "--parents", "--end-of-options", head, f"^{commit}", "--")
    # The oldest of those that came after it is its child: first parents are a chain.
    _, parent, *_ = [*(outcome.stdout.decode().splitlines() or [""])[-1].split(), "", ""]
    return parent == commit

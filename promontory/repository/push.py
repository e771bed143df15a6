"""Move branches on the server, all of them or none, and only from where we saw them."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.errors import LostRace, UsageError
from promontory.repository.failures import push_failure
from promontory.repository.mirror import HEADS, Mirror
from promontory.repository.write import RefUpdate


def push_commits(mirror: Mirror, updates: Sequence[RefUpdate], commits: Sequence[str]) -> None:
    """Compare and swap: `LostRace` when a branch is not at its update's parent any more."""
    # An empty expectation is git's way to say that the branch must not exist.
    leases = [f"--force-with-lease={HEADS}{update.branch}:{update.parent or ''}" for update in updates]
    refspecs = [f"{commit}:{HEADS}{update.branch}" for update, commit in zip(updates, commits, strict=True)]
    outcome = mirror.command.run("push", "--atomic", "--porcelain", "--no-verify", *leases, "origin", *refspecs)
    if any(line.startswith("=") for line in outcome.stdout.decode(errors="replace").splitlines()):
        # The same commit to the letter, made by somebody else within the same second: it is theirs.
        raise LostRace(f"somebody else pushed the same to {mirror.remote.url} first")
    if outcome.status != 0:
        answer = f"{outcome.stderr}\n{outcome.stdout.decode(errors='replace')}"
        raise push_failure(answer, mirror.remote.url, mirror.secrets)


def check_updates(updates: Sequence[RefUpdate]) -> None:
    """Raises `UsageError` for branches that cannot be, or that are named twice."""
    names = [update.branch for update in updates]
    if len(set(names)) != len(names):
        raise UsageError("one push cannot move the same branch twice")
    for name in names:
        check_branch(name)


def check_branch(name: str) -> None:
    """The part of git-check-ref-format's rules that could turn a name into something else on a command line."""
    bad = name.startswith(("-", "/", "+")) or name.endswith(("/", ".lock", ".")) or ".." in name or "@{" in name
    if not name or bad or not name.isprintable() or any(character in " ~^:?*[\\" for character in name):
        raise UsageError(f"{name!r} cannot be a branch's name")

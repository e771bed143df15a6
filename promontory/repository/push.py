"""Move branches and tags on the server, all of them or none, and only from where we saw them."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.errors import LostRace, UsageError
from promontory.repository.failures import push_failure
from promontory.repository.mirror import Mirror
from promontory.repository.tags import TagUpdate
from promontory.repository.write import Update, Written


def push_written(mirror: Mirror, updates: Sequence[Update], written: Written) -> None:
    """Compare and swap: `LostRace` when a ref is not any more what its update says it was."""
    # An empty expectation is git's way to say that the ref must not exist.
    leases = [f"--force-with-lease={update.ref}:{update.before or ''}" for update in updates]
    # An empty source is git's way to say that the ref is to go away.
    refspecs = [f"{written.get(update.ref, '')}:{update.ref}" for update in updates]
    outcome = mirror.command.run("push", "--atomic", "--porcelain", "--no-verify", *leases, "origin", *refspecs)
    if any(line.startswith("=") for line in outcome.stdout.decode(errors="replace").splitlines()):
        # The same commit to the letter, made by somebody else within the same second: it is theirs.
        raise LostRace(f"somebody else pushed the same to {mirror.remote.url} first")
    if outcome.status != 0:
        answer = f"{outcome.stderr}\n{outcome.stdout.decode(errors='replace')}"
        raise push_failure(answer, mirror.remote.url, mirror.secrets)


def check_updates(updates: Sequence[Update]) -> None:
    """Raises `UsageError` for branches and tags that cannot be, or that are named twice."""
    refs = [update.ref for update in updates]
    if len(set(refs)) != len(refs):
        raise UsageError("one push cannot move the same branch or tag twice")
    for update in updates:
        if isinstance(update, TagUpdate):
            check_ref_name(update.name, "tag")
        else:
            check_branch(update.branch)


def check_branch(name: str) -> None:
    check_ref_name(name, "branch")


def check_ref_name(name: str, what: str) -> None:
    """The part of git-check-ref-format's rules that could turn a name into something else on a command line."""
    bad = name.startswith(("-", "/", "+")) or name.endswith(("/", ".lock", ".")) or ".." in name or "@{" in name
    if not name or bad or not name.isprintable() or any(character in " ~^:?*[\\" for character in name):
        raise UsageError(f"{name!r} cannot be a {what}'s name")

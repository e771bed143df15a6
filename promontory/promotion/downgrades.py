"""Which releases are older than what an environment runs: going back is a rollback's job, or said explicitly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from promontory.errors import StrategyError
from promontory.model import Place
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace

if TYPE_CHECKING:
    from semver import Version

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def newer_there(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot) -> str:
    """What ``place`` runs, where ``release`` is older than that; empty where it is not, or where nobody can tell.

    Where it cannot be read what runs, nothing can be planned either, and that is the better message.
    """
    try:
        current = workspace.current(place, snapshot)
    except StrategyError:
        return ""
    if current is None or current == release:
        return ""
    return current if comes_before(release, current, snapshot) else ""


def comes_before(release: str, other: str, snapshot: RepositorySnapshot) -> bool:
    """Whether ``release`` is older than ``other``; False as well where nobody can tell."""
    return is_older(release, other) or _is_ancestor(snapshot, release, other)


def is_older(release: str, current: str) -> bool:
    """By semantic versioning; False where one of them is no semantic version."""
    try:
        return _version(release) < _version(current)
    except ValueError:
        return False


def _version(release: str) -> Version:
    from semver import Version  # most commands compare nothing

    text = release.partition("@")[0].removeprefix("v")
    # 1.2 is 1.2.0, but in 2024-01-05 or 17-4f2a1c what follows the dash is no pre-release of a version 2024 or 17.
    return Version.parse(text, optional_minor_and_patch="-" not in text)


def _is_ancestor(snapshot: RepositorySnapshot, release: str, current: str) -> bool:
    """Of commits, where at least one of the two is no version but a commit of this very repository."""
    if not any(_COMMIT.fullmatch(each) for each in (release, current)):
        return False
    one, other = snapshot.commit(release), snapshot.commit(current)
    return bool(one and other and one != other) and snapshot.merge_base(one or "", other or "") == one

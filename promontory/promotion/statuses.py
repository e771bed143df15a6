"""Commit statuses: what became of a promotion, shown where people look at the commit that it pushed.

A status is a courtesy: one that cannot be set is logged, and fails nothing.
"""

from __future__ import annotations

import logging

from promontory.entry import Entry
from promontory.errors import AuthenticationFailed, PromontoryError, UsageError
from promontory.forges import Forge, StatusState
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")


def set_status(workspace: Workspace, environment: str, commit: str, state: StatusState, description: str) -> bool:
    """Set ``promontory/<environment>`` on the commit; whether there is a forge that took it."""
    forge = _forge(workspace)
    if forge is None:
        return False
    try:
        forge.set_status(commit, f"promontory/{environment}", state, description, workspace.actor.link)
    except PromontoryError as error:
        log.warning("promote-%s: the status of %s was not set: %s", environment, commit[:7], error.message)
        return False
    return True


def with_tests(workspace: Workspace, entry: Entry, description: str) -> str:
    """The description, and which tests of the promotion failed and were let through."""
    entries = workspace.record(entry.place).of(entry.promotion)
    tested = [each.suites for each in entries if each.kind == "tested"]
    names = [result.name for result in (tested[-1] if tested else ()) if result.tolerated]
    return f"{description}; failed, and let through: {', '.join(names)}" if names else description


def _forge(workspace: Workspace) -> Forge | None:
    """None where the repository is on no forge, or there is no token for it: then nobody expects statuses."""
    try:
        return workspace.forge()
    except (UsageError, AuthenticationFailed):
        return None

"""Keeping promises to tell: this process's own, and those of others who died before they did."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta

from promontory.change import FileEdits
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.ledger import Wanted, moment_of
from promontory.ledger.untold import UNTOLD_FILE, Untold, read_untold
from promontory.processes.life import is_gone
from promontory.promotion.telling import Teller
from promontory.promotion.untold import Promise, changed
from promontory.promotion.workspace import Workspace
from promontory.repository import RefUpdate

log = logging.getLogger("promontory.promotion")
# As long as one that lives takes to tell, and to say so, where it is not known whether it lives.
_AT_WORK = timedelta(seconds=30)


def repeat_untold(workspace: Workspace, teller: Teller, own: str = "") -> tuple[Untold, ...]:
    """Tell what others than the process ``own`` have left untold, as of the last sync; which promises that keeps."""
    if not workspace.config.notifications:
        return ()
    now = workspace.clock.now()
    untold = read_untold(workspace.ledger.root_file(UNTOLD_FILE))
    others = (each for each in untold if each.teller != own)
    left = tuple(each for each in others if is_gone(each.teller) or now - each.at > _AT_WORK)
    for each in left:
        if entries := _entries(workspace, each):
            teller.repeat(entries, each.routes)
    return left


def _entries(workspace: Workspace, untold: Untold) -> list[Entry]:
    """Newest first they are read, and no more of them than there were."""
    found = []
    for entry in workspace.ledger.newest(wanted=Wanted(since=moment_of(untold.at))):
        if untold.first <= (entry.number or 0) <= untold.last:
            found.append(entry)
        if entry.number == untold.first:
            break
    return found[::-1]


def keep(workspace: Workspace, promise: Promise | None = None, others: Collection[Untold] = ()) -> None:
    """Take out of the ledger's file what is kept of ``promise``, and ``others``.

    Where that fails, they are told once more by somebody.
    """
    if not others and not (promise and promise.kept):
        return

    def stays(untold: Untold) -> bool:
        return untold not in others and not (promise and promise.is_kept(untold))

    def attempt() -> None:
        seen = workspace.ledger_head()
        edits = changed(workspace.ledger, seen, stays, workspace.clock.now())
        if edits:
            update = RefUpdate(workspace.ledger.branch, seen, FileEdits(edits), "Told of what was recorded\n")
            workspace.repository.push([update])

    try:
        workspace.racing(attempt)
    except PromontoryError as error:
        log.warning("it could not be recorded that people were told: %s", error.message)

"""What a promotion has overtaken is seen to, once that is in the ledger; and again by whoever comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import islice

from promontory.entry import Entry
from promontory.ledger import Wanted
from promontory.model import Place
from promontory.promotion.merged_after_all import heed_merges
from promontory.promotion.statuses import set_status
from promontory.promotion.values import Hop
from promontory.promotion.withdrawing import tidy
from promontory.promotion.workspace import Workspace
from promontory.release import shown

log = logging.getLogger("promontory.promotion")
_RECENT = 200


def _newest_ends(workspace: Workspace, place: Place) -> Iterable[Entry]:
    """They were recorded a moment ago: nobody reads years of a busy place for them."""
    names = islice(workspace.ledger.names(place.application, place.environment), _RECENT)
    return workspace.ledger.read_in_turn(names, Wanted(("superseded",)))


def settle(workspace: Workspace, hop: Hop) -> tuple[Entry, ...]:
    """Close the pull requests of what ``hop`` has overtaken, and say so on their commits.

    Returns their ends, one for each promotion, with the flow runs that are to be woken. One that was merged in that
    very moment is recorded as what it is.
    """
    found = {
        entry.promotion: entry
        for member in hop.members
        for entry in _newest_ends(workspace, member.place)
        if entry.overtaken_by == hop.promotion
    }
    for entry in found.values():
        log.info("promote-%s: %s is %s", hop.environment, shown(entry.release), entry.reason)
        if entry.pull_request:
            set_status(workspace, entry.environment, entry.commit or "", "failure", entry.reason)
            tidy(workspace, entry.place)
    if any(entry.pull_request for entry in found.values()):
        workspace.repository.sync()
        heed_merges(workspace, hop)
    return tuple(found.values())

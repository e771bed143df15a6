"""Taking an environment back: one promotion that failed, or by hand to an earlier release (design, decision 5)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from promontory.errors import NotAllowed, RevertConflict, UsageError
from promontory.model import FileEdits, Place
from promontory.promotion.message import revert_message
from promontory.promotion.planning import draw_plan
from promontory.promotion.survey import check_exists, promotion_id
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Entry, Pushed, Record
from promontory.release import check_release
from promontory.repository import RefUpdate

log = logging.getLogger("promontory.promotion")


@dataclass(frozen=True)
class _Seen:
    """Where the branch and the ledger were when it was decided what to do."""

    head: str
    ledger: str | None


@dataclass(frozen=True)
class _Back:
    """What takes an environment back: these edits on what was seen, and this hold."""

    seen: _Seen
    edits: FileEdits
    held: Entry


def revert(workspace: Workspace, hop: Hop, pushed: Entry, why: str) -> Entry | None:
    """Take ``pushed`` back, hold its release, record both; return the ``reverted`` entry.

    None: the environment runs something else by now, so there is nothing to take back; the release is held all
    the same. Raises `RevertConflict` where somebody changed the same place.
    """
    return workspace.racing(lambda: _revert(workspace, hop, pushed, why))


def _revert(workspace: Workspace, hop: Hop, pushed: Entry, why: str) -> Entry | None:
    seen = _seen(workspace)
    earlier = {entry.kind: entry for entry in workspace.record(hop.place).of(pushed.promotion)}
    if done := earlier.get("reverted"):
        return done
    held = workspace.entry("held", hop.place, pushed.release, pushed.promotion, reason=why)
    current = workspace.current(hop.place, seen.head)
    if current != pushed.release or pushed.pushed is None:
        log.warning("revert-%s: nothing to revert: it runs %s, not %s", hop.environment, current, pushed.release)
        if "held" not in earlier:
            workspace.append_at([held], seen.ledger)
        return None
    edits = _undo(workspace, hop.place, pushed.pushed, pushed.previous, seen.head)
    return _push_back(workspace, hop, pushed.previous, _Back(seen, edits, held), why)


def roll_back(workspace: Workspace, place: Place, to: str | None, why: str, run: str) -> tuple[Hop, Entry]:
    """Take ``place`` back to the release ``to``, or to the last one verified before, and hold what runs now.

    Returns the hop it took and the ``reverted`` entry. Raises `UsageError` where there is nothing to go back to.
    """
    return workspace.racing(lambda: _roll_back(workspace, place, to, why, run))


def _roll_back(workspace: Workspace, place: Place, to: str | None, why: str, run: str) -> tuple[Hop, Entry]:
    seen = _seen(workspace)
    record, current = workspace.record(place), workspace.current(place, seen.head)
    promotion = promotion_id(run, place, "rollback", 0)
    if done := next((entry for entry in record.of(promotion) if entry.kind == "reverted"), None):
        return _rollback_hop(place, done.release, promotion), done
    if current is None:
        raise UsageError(f"{place} runs no release that could be rolled back")
    target = _named(workspace, record, place, to) if to else earlier_release(record, current, place)
    if target == current:
        raise UsageError(f"{place} already runs {target}", f"promontory history {place.application}")
    if held := record.hold(target):
        remedy = f"promontory hold lift {place.application} {place.environment} {target}, or choose another with --to"
        raise NotAllowed(f"{target} is held in {place.environment}: {held.reason}", remedy)
    hop = _rollback_hop(place, current, promotion)
    edits = _edits_back(workspace, place, record.standing(current).entry, target, seen.head)
    held_entry = workspace.entry("held", place, current, promotion, reason=f"rolled back: {why}")
    return hop, _push_back(workspace, hop, target, _Back(seen, edits, held_entry), why)


def _named(workspace: Workspace, record: Record, place: Place, release: str) -> str:
    """What ran here before may come back without asking anybody; for anything else a slip of the pen is likely."""
    check_release(release)
    if not any(release in (entry.in_force, entry.previous) for entry in record.entries):
        check_exists(workspace, place.application, release)
    return release


def earlier_release(record: Record, current: str, place: Place) -> str:
    """The last release that was verified before ``current`` and is not held; else the one it replaced."""
    for entry in reversed(record.entries):
        if entry.kind == "verdict" and entry.release != current and record.verified(entry.release):
            return entry.release
    standing = record.standing(current)
    if standing.entry and standing.entry.previous not in (None, current):
        return standing.entry.previous
    raise UsageError(f"the ledger knows no earlier release of {place}", "name one: promontory rollback … --to RELEASE")


def _edits_back(workspace: Workspace, place: Place, entry: Entry | None, target: str, head: str) -> FileEdits:
    """Undo the promotion that ``entry`` records byte for byte where that leads to ``target``; else edit as one."""
    if entry and entry.kind == "pushed" and entry.previous == target and entry.pushed:
        return _undo(workspace, place, entry.pushed, target, head)
    return draw_plan(workspace, place, target, head).edits


def _undo(workspace: Workspace, place: Place, pushed: Pushed, previous: str | None, head: str) -> FileEdits:
    """The promotion's own edits, undone on ``head``.

    Where somebody changed the lines next to the release since, the text cannot be merged back; the release itself
    can still be set back, and nothing but it.
    """
    try:
        return workspace.repository.undo(pushed.before, pushed.after, head)
    except RevertConflict:
        if previous is None:
            raise
        log.info("revert-%s: changed since it was promoted; setting the release back instead", place.environment)
        return draw_plan(workspace, place, previous, head).edits


def _seen(workspace: Workspace) -> _Seen:
    return _Seen(workspace.repository.head(), workspace.ledger_head())


def _push_back(workspace: Workspace, hop: Hop, previous: str | None, back: _Back, why: str) -> Entry:
    branch, head, held = workspace.repository.branch, back.seen.head, back.held
    entry = workspace.entry(
        "reverted",
        hop.place,
        hop.release,
        held.promotion,
        previous=previous,
        pushed=Pushed(ref=branch, before=head, after=""),
        reason=why,
    )
    message = revert_message(hop, previous, why, workspace.actor.run)
    update = RefUpdate(branch, head, back.edits, message)
    reverted = workspace.push_recorded(update, [held, entry], back.seen.ledger)
    log.warning("revert-%s: reverted %s to %s; %s is held", hop.environment, hop.release, previous, hop.release)
    return reverted


def _rollback_hop(place: Place, release: str, promotion: str) -> Hop:
    return Hop(
        application=place.application,
        environment=place.environment,
        after=place.after,
        release=release,
        promotion=promotion,
        step="verify-revert",
    )

"""Taking an environment back: one promotion that failed, or by hand to an earlier release (design, decision 5)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.entry import Entry
from promontory.errors import NotAllowed, RevertConflict, UsageError
from promontory.escaping.shell import command
from promontory.model import Place
from promontory.promotion import asking_back
from promontory.promotion.finishing import finish, unfinished
from promontory.promotion.survey import canonical_release, check_exists
from promontory.promotion.surveyor import promotion_id
from promontory.promotion.undoing import Back, Seen, now
from promontory.promotion.values import Hop
from promontory.promotion.way_back import Gone, changed_back, undone
from promontory.promotion.workspace import Workspace
from promontory.record import Record
from promontory.release import check_release

log = logging.getLogger("promontory.promotion")


def revert(workspace: Workspace, hop: Hop, pushed: Entry, why: str) -> Entry | None:
    """Take ``pushed`` back, hold its release, record both; return the ``reverted`` entry.

    What moved together goes back together. None: the environment runs something else by now, so there is nothing to
    take back; the release is held all the same. A ``reverting`` entry: that is asked for in a pull request, to be
    settled by `revert_requests`. Raises `RevertConflict` where somebody changed the same place, or closed that request.
    """
    reverted = workspace.racing(lambda: _revert(workspace, hop, pushed, why))
    if reverted and reverted.kind == "reverted":
        finish(workspace, hop, reverted)
    return reverted


def _revert(workspace: Workspace, hop: Hop, pushed: Entry, why: str) -> Entry | None:
    seen = now(workspace)
    record = workspace.record(hop.place)
    earlier = {entry.kind: entry for entry in record.of(pushed.promotion)}
    if done := earlier.get("reverted") or record.reversal(pushed.promotion):
        return done
    entries = _pushed_together(workspace, hop, pushed)
    held = [
        workspace.entry("held", entry.place, entry.release, entry.promotion, reason=why)
        for entry in entries
        if not _is_held(workspace, entry)
    ]
    there = [entry for entry in entries if _is_there(workspace, seen, entry)]
    if not there:
        current = workspace.current(hop.place, seen.snapshot)
        log.warning("revert-%s: nothing to revert: it runs %s, not %s", hop.environment, current, pushed.release)
        if held:
            workspace.append_at(held, seen.ledger)
        return None
    if refused := earlier.get("kept"):
        raise RevertConflict(refused.reason, "nobody asks a second time by itself")
    gone, back = undone(workspace, hop, there, seen, why)
    return _push_back(workspace, gone, back, held, seen)


def _is_held(workspace: Workspace, entry: Entry) -> bool:
    """It was decided before that this promotion goes back."""
    held = (each for each in workspace.record(entry.place).of(entry.promotion) if each.kind == "held")
    return any(each.release == entry.release for each in held)


def _pushed_together(workspace: Workspace, hop: Hop, pushed: Entry) -> list[Entry]:
    """What the promotion pushed, of every application that moved in it."""
    records = [workspace.record(member.place).of(pushed.promotion) for member in hop.also]
    return [pushed, *(entry for record in records for entry in record if entry.kind == "pushed")]


def _is_there(workspace: Workspace, seen: Seen, entry: Entry) -> bool:
    """The environment still runs what ``entry`` pushed, and no later promotion has brought the same once more."""
    moves = workspace.record(entry.place).newest("pushed", "found", "reverted")
    newest = next((each for each in moves if each.in_force), entry)
    is_last = entry.kind == "pushed" and newest.promotion == entry.promotion
    return is_last and workspace.current(entry.place, seen.snapshot) == entry.release


def roll_back(workspace: Workspace, place: Place, to: str | None, why: str, run: str) -> tuple[Hop, Entry]:
    """Take ``place`` back to the release ``to``, or to the last one verified before, and hold what runs now.

    Returns the hop it took and the ``reverted`` entry, or the ``reverting`` one as `revert` does. Raises `UsageError`
    where there is nothing to go back to.
    """
    if left := unfinished(workspace.record(place), workspace.snapshot()):
        finish(workspace, _rollback_hop(place, left.release, left.promotion), left)
    hop, reverted = workspace.racing(lambda: _roll_back(workspace, place, to, why, run))
    if reverted.kind == "reverted":
        finish(workspace, hop, reverted)
    return hop, reverted


def _roll_back(workspace: Workspace, place: Place, to: str | None, why: str, run: str) -> tuple[Hop, Entry]:
    seen = now(workspace)
    record, current = workspace.record(place), workspace.current(place, seen.snapshot)
    promotion = promotion_id(run, place, "rollback", 0)
    if done := next((entry for entry in record.of(promotion) if entry.kind in ("reverted", "reverting")), None):
        done = next((entry for entry in record.of(promotion) if entry.kind == "reverted"), done)
        return _rollback_hop(place, done.release, promotion), done
    if current is None:
        raise UsageError(f"{place} runs no release that could be rolled back")
    target = _named(workspace, seen, record, place, to) if to else earlier_release(record, current, place)
    if target == current:
        raise UsageError(f"{place} already runs {target}", f"promontory history {place.application}")
    if held := record.hold(target):
        lift = command("promontory", "hold", "lift", place.application, place.environment, target)
        remedy = f"{lift}, or choose another with --to"
        raise NotAllowed(f"{target} is held in {place.environment}: {held.reason}", remedy)
    hop = _rollback_hop(place, current, promotion)
    gone, back = changed_back(workspace, hop, record.standing(current).entry, target, seen, why)
    held_entry = workspace.entry("held", place, current, promotion, reason=f"rolled back: {why}")
    return hop, _push_back(workspace, gone, back, [held_entry], seen)


def _named(workspace: Workspace, seen: Seen, record: Record, place: Place, asked: str) -> str:
    """What ran here before may come back without asking anybody; anything else would come in past every gate."""
    check_release(asked)
    release = canonical_release(workspace, seen.snapshot, place.application, asked)
    moves = record.newest("pushed", "found", "reverted")
    if not any(release in (entry.in_force, entry.previous) for entry in moves):
        check_exists(workspace, place.application, asked)
        told = f"{release} has never run in {place.environment}, as far as the ledger knows: a rollback only goes back"
        forward = command("promontory", "promote", place.application, release, "--to", place.environment)
        raise NotAllowed(told, f"{forward} (--allow-downgrade; in an emergency --break-glass --reason WHY)")
    return release


def earlier_release(record: Record, current: str, place: Place) -> str:
    """The last release that was verified before ``current`` and is not held; else the one it replaced."""
    for entry in record.newest("verdict"):
        if entry.release != current and record.verified(entry.release):
            return entry.release
    standing = record.standing(current)
    if standing.entry and standing.entry.previous not in (None, current):
        return standing.entry.previous
    raise UsageError(f"the ledger knows no earlier release of {place}", "name one: promontory rollback … --to RELEASE")


def _push_back(workspace: Workspace, gone: Sequence[Gone], back: Back, held: Sequence[Entry], seen: Seen) -> Entry:
    """Push it, or where the environment wants that ask for it in a pull request."""
    if update := asking_back.through_request(workspace, gone[0].hop.environment, back):
        return asking_back.ask(workspace, gone, update, held, seen)
    entries = [
        workspace.hop_entry(
            "reverted",
            each.hop,
            previous=each.previous,
            pushed=pushed,
            tags=tags,
            fields=fields,
            members=len(gone),
            reason=each.why,
        )
        for each, pushed, tags, fields in zip(gone, back.pushed, back.tags, back.fields, strict=True)
    ]
    reverted = workspace.push_recorded(back.updates, [*held, *entries], seen.ledger)[len(held)]
    for each in gone:
        place, release = each.hop.environment, each.hop.release
        log.warning("revert-%s: reverted %s to %s; %s is held", place, release, each.previous, release)
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

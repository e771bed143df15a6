"""Holds by hand: keep a release out of an environment, and let it in again."""

from __future__ import annotations

from uuid import uuid4

from promontory.entry import Entry, EntryKind
from promontory.errors import UsageError
from promontory.model import Place
from promontory.promotion.survey import canonical_release
from promontory.promotion.surveyor import promotion_id
from promontory.promotion.workspace import Workspace
from promontory.release import check_release


def add_hold(workspace: Workspace, place: Place, release: str, reason: str) -> tuple[Entry, bool]:
    """Hold ``release`` out of ``place``; the hold in force, and whether it is a new one."""
    check_release(release)
    named = canonical_release(workspace, workspace.snapshot(), place.application, release)
    return workspace.racing(lambda: _add(workspace, place, named, reason))


def lift_hold(workspace: Workspace, place: Place, release: str, reason: str = "") -> Entry | None:
    """Let ``release`` in again; None where its hold was lifted already.

    Raises `UsageError` where it was never held there.
    """
    check_release(release)
    named = canonical_release(workspace, workspace.snapshot(), place.application, release)
    return workspace.racing(lambda: _lift(workspace, place, named, reason))


def holds(workspace: Workspace, application: str = "", environment: str = "") -> tuple[Entry, ...]:
    """Every hold in force (on one application, in one environment), oldest first."""
    if environment:
        workspace.config.environment(environment)
    names = [application] if application else list(workspace.config.applications)
    found: list[Entry] = []
    for name in names:
        workspace.config.application(name)
        for place, record in workspace.records(name).items():
            if environment in ("", place.environment):
                found += record.holds()
    return tuple(sorted(found, key=lambda entry: entry.at))


def _add(workspace: Workspace, place: Place, release: str, reason: str) -> tuple[Entry, bool]:
    seen = workspace.ledger_head()
    if held := workspace.record(place).hold(release):
        return held, False
    return _recorded(workspace, "held", place, release, reason, seen), True


def _lift(workspace: Workspace, place: Place, release: str, reason: str) -> Entry | None:
    seen = workspace.ledger_head()
    record = workspace.record(place)
    if record.hold(release):
        return _recorded(workspace, "lifted", place, release, reason, seen)
    if next(record.newest("lifted", release=release), None):
        return None
    held = ", ".join(entry.release for entry in record.holds()) or "no release"
    raise UsageError(f"{release} is not held in {place.environment}: {held} is", "promontory hold list")


def _recorded(
    workspace: Workspace, kind: EntryKind, place: Place, release: str, reason: str, seen: str | None
) -> Entry:
    promotion = promotion_id(str(uuid4()), place, release, 0)
    entry = workspace.entry(kind, place, release, promotion, reason=reason)
    workspace.append_at([entry], seen)
    return entry

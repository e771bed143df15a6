"""Who is before a release in an environment, and what has overtaken it: read from the ledger, as of the last sync.

First come, first served: the order is the one in which the ledger learned that they wait.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from promontory.entry import Entry
from promontory.gates import Upstream
from promontory.gates.turn import GATE as TURN
from promontory.model import Place
from promontory.promotion.downgrades import comes_before
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.upstream import upstream_of
from promontory.promotion.workspace import Workspace
from promontory.record import Record

# Whose turn it is, and who does not come for so long, is passed over: its run has died, and nobody is to starve.
_PASSED_OVER = timedelta(hours=1)
# Who waits for something that nobody knows the time of keeps its place for so long.
_KEPT = timedelta(days=1)


def newer_waiting(
    workspace: Workspace, place: Place, release: str, promotion: str, snapshot: RepositorySnapshot
) -> Entry | None:
    """A newer release that waits to come to ``place``, where overtaking ends the older one."""
    if workspace.config.environment(place.environment).superseded != "cancel":
        return None
    waiting = workspace.record(place).waiting()
    others = (entry for entry in waiting if not _is_own(entry, release, promotion))
    return next((entry for entry in others if comes_before(release, entry.release, snapshot)), None)


def ahead(workspace: Workspace, place: Place, release: str, promotion: str) -> tuple[Entry, ...]:
    """What has to come to its end before ``release`` is let into ``place``, where they queue; in their order."""
    if workspace.config.environment(place.environment).superseded != "queue":
        return ()
    upstream, now = upstream_of(workspace, place.application, place.environment), workspace.clock.now()
    found = [entry for entry in (_under_way(upstream, now),) if entry]
    for entry in upstream.record.waiting():
        if _is_own(entry, release, promotion):
            break
        if found or not (_is_passed_over(upstream.record, entry, now) or _is_expired(workspace, upstream, entry)):
            found.append(entry)
    return tuple(entry for entry in found if entry.promotion != promotion)


def queued(workspace: Workspace) -> tuple[Entry, ...]:
    """What waits at a gate, or for an answer, where releases queue: whose run is cancelled has to leave.

    Else nobody comes after it. Of what is proposed its pull request is the place.
    """
    config = workspace.config
    places = [
        Place(name, environment)
        for name, application in config.applications.items()
        for environment in application.strategies
        if config.environment(environment).superseded == "queue"
    ]
    waits = (entry for place in places for entry in workspace.record(place).waiting())
    return tuple(entry for entry in waits if entry.kind in ("waiting", "requested"))


def leave(workspace: Workspace, run: str, reason: str) -> None:
    """Give up the places in queues that a flow run has."""

    def record() -> None:
        seen = workspace.ledger_head()
        own = [entry for entry in queued(workspace) if entry.run == run]
        given_up = [_given_up(workspace, entry, reason) for entry in own]
        if given_up:
            workspace.append_at(given_up, seen)

    workspace.racing(record)


def _given_up(workspace: Workspace, waits: Entry, reason: str) -> Entry:
    return workspace.entry(
        "rejected",
        waits.place,
        waits.release,
        waits.promotion,
        digest=waits.digest,
        members=waits.members,
        reason=reason,
        proof="run",
        run=waits.run,
    )


def _is_own(entry: Entry, release: str, promotion: str) -> bool:
    """Without an id it is not begun yet, and would take up what waits for the same release."""
    return entry.promotion == promotion if promotion else entry.release == release


def _under_way(upstream: Upstream, now: datetime) -> Entry | None:
    """The push that is in force and not judged yet, as long as somebody may be at it."""
    moves = upstream.record.newest("pushed", "found", "reverted")
    newest = next((entry for entry in moves if entry.in_force), None)
    if newest is None or newest.kind != "pushed" or not upstream.has_checks:
        return None
    soaking = upstream.record.soak(newest.promotion)
    judged = upstream.record.standing(newest.release).verdict
    if judged and not soaking:
        return None
    until = (soaking.until if soaking else None) or newest.at
    return newest if now <= until + upstream.verifies_within + _PASSED_OVER else None


def _is_passed_over(record: Record, entry: Entry, now: datetime) -> bool:
    """It only waits at gates that were to be open by now, and nobody came for it."""
    if entry.kind != "waiting":
        return False
    known = entry.until is not None or all(gate.gate == TURN for gate in entry.gates)
    last = next(record.newest()).at
    return now > max(entry.until or last, last) + (_PASSED_OVER if known else _KEPT)


def _is_expired(workspace: Workspace, upstream: Upstream, entry: Entry) -> bool:
    """Its request is over, whether or not anybody has looked and recorded that."""
    if entry.kind != "requested":
        return False
    rule = rule_for(workspace, entry.environment)
    return judged(workspace, rule, upstream.record.of(entry.promotion), entry.digest or "").status == "expired"

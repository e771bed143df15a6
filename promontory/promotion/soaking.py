"""The soak: a release that was found healthy is watched on for a while before it counts as verified.

Nothing here waits. Each look is a verification of its own, possibly in another process; the ledger remembers until when
the release has to stay healthy. What happened between two looks is told by since when the checks say it is as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from promontory.clock import moment
from promontory.entry import Entry
from promontory.health import CheckResult, Verdict
from promontory.options import format_duration
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.workspace import Workspace

# Kubernetes tells times in whole seconds.
_RESOLUTION = timedelta(seconds=1)


def soak(workspace: Workspace, hop: Hop, entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> Soaking | None:
    """What is still to be watched of ``entries``, which ``verdicts`` find healthy; None where nothing is (any more).

    That a soak begins, or begins anew, is in the ledger before this returns. A revert is not soaked.
    """
    lasts = workspace.config.environment(hop.environment).soak
    if lasts is None or _only_came_back(workspace, hop, entries[0], lasts):
        return None
    now = workspace.clock.now()
    known = workspace.record(entries[0].place).soak(entries[0].promotion)
    if known is None:
        known = _begin(workspace, entries, verdicts, now, lasts)
    elif flap := _flap(known, verdicts, now):
        since, what = flap
        reason = f"watched for {format_duration(lasts)} anew: {what}"
        known = _begin(workspace, entries, verdicts, since, lasts, reason)
    elif abs(_end(known, lasts) - (known.until or known.at)) > _RESOLUTION:
        reason = f"to be watched for {format_duration(lasts)} by now"
        known = _begin(workspace, entries, verdicts, known.since or known.at, lasts, reason)
    if known.until is None or now >= known.until:
        return None
    return Soaking(since=known.since or known.at, until=known.until, reason=known.reason)


def _only_came_back(workspace: Workspace, hop: Hop, entry: Entry, lasts: timedelta) -> bool:
    """A revert is not soaked; what it brought back is, where that is to go on and has never been watched so long."""
    if entry.kind != "reverted":
        return False
    return hop.release == entry.release or workspace.record(entry.place).verified(hop.release, lasts) is not None


def _end(known: Entry, lasts: timedelta) -> datetime:
    return (known.since or known.at) + lasts


def _begin(
    workspace: Workspace,
    entries: Sequence[Entry],
    verdicts: Sequence[Verdict],
    since: datetime,
    lasts: timedelta,
    reason: str = "",
) -> Entry:
    begun = [
        workspace.entry(
            "soaking",
            entry.place,
            entry.in_force or "",
            entry.promotion,
            verdict=verdict,
            since=since,
            until=since + lasts,
            reason=reason,
        )
        for entry, verdict in zip(entries, verdicts, strict=True)
    ]
    workspace.append(begun)
    return begun[0]


def _flap(known: Entry, verdicts: Sequence[Verdict], now: datetime) -> tuple[datetime, str] | None:
    """Since when it is healthy again, and what was seen to be otherwise; None where nothing was."""
    flaps = [
        flap
        for verdict in verdicts
        for check in verdict.checks
        if (flap := _flap_of(check, known.at + _RESOLUTION, now))
    ]
    return max(flaps, default=None)


def _flap_of(check: CheckResult, last: datetime, now: datetime) -> tuple[datetime, str] | None:
    since = check.since
    if check.not_healthy:
        return now, f"{check.title} was not healthy for a while"
    if since and since > last:
        return since, f"{check.title} is healthy again since {moment(since)} only"
    if check.errors and since is None:
        return now, f"{check.title} could not be asked for a while: {check.last_error}"
    return None

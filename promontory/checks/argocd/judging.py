"""What one look at an Application means. Pure: no clock, no memory, nothing is asked of anybody.

It is believed in this order, and the first that fails decides: is what it says fresh, are there errors, is something
running, did our operation fail, is our revision there, is it synced, is it healthy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from promontory.checks.argocd.application import Application, Resource, one_line
from promontory.checks.argocd.comparison import compared_to_older
from promontory.checks.argocd.revision import Proof
from promontory.health import Health

ERRORS = ("ComparisonError", "InvalidSpecError", "SyncError")
RUNNING = ("Running", "Terminating")
FAILED = ("Failed", "Error")
UNHEALTHY = ("Degraded", "Missing", "Unknown")
_MOST_CULPRITS = 5
# Argo CD writes whole seconds, and its clock is not ours.
_CLOCKS_DIFFER = timedelta(seconds=5)
Wish = Literal["", "refresh", "sync"]
OwnSync = Literal["off", "due", "refused", "done"]


@dataclass(frozen=True)
class Judgement:
    """``settling``: the release is in place, and what looks unhealthy may pass. ``lasting``: for good if it stays.

    ``wish`` is what Argo CD can be asked to do about it. ``proven``: what it says is about our revision.
    """

    health: Health
    reason: str
    final: bool = False
    settling: bool = False
    lasting: bool = False
    stale: bool = False
    proven: bool = False
    wish: Wish = ""


def judge(application: Application, proof: Proof, own_sync: OwnSync = "off") -> Judgement:
    """``own_sync``: whether we start what a manual policy leaves to people, ``refused`` where we may not just now."""
    return (
        _going(application)
        or _stale(application)
        or _errors(application, proof)
        or _operation(application, proof, own_sync)
        or _elsewhere(application, proof)
        or _unsynced(application, own_sync)
        or _unlike(proof)
        or _health(application)
    )


def is_fresh(application: Application, since: datetime | None) -> bool:
    """Whether Argo CD has compared it since then."""
    reconciled = application.status.reconciled_at
    return since is None or (reconciled is not None and not before(reconciled, since))


def before(moment: datetime, since: datetime) -> bool:
    """Earlier for certain, although two clocks told them."""
    return moment < since - _CLOCKS_DIFFER


def _stale(application: Application) -> Judgement | None:
    """An operation has ended since it was compared last: all that it says is from before."""
    status = application.status
    finished = status.operation_state.finished_at if status.operation_state else None
    if finished is None or (status.reconciled_at is not None and status.reconciled_at >= finished):
        return None
    compared = f"was compared at {_time(status.reconciled_at)}" if status.reconciled_at else "was never compared"
    reason = f"stale: {compared}, its last operation ended at {_time(finished)}"
    return Judgement(Health.UNKNOWN, reason, stale=True, wish="refresh")


def _going(application: Application) -> Judgement | None:
    deleted = application.metadata.deletion_timestamp
    if deleted is None:
        return None
    return Judgement(Health.UNHEALTHY, f"is being deleted, since {_time(deleted)}", lasting=True)


def _errors(application: Application, proof: Proof) -> Judgement | None:
    told = [
        f"{condition.type}: {one_line(condition.message)}"
        for condition in application.status.conditions
        if condition.type in ERRORS
    ]
    if not told:
        return None
    # Argo CD keeps the answer to a failed rendering; only a hard refresh asks again.
    return Judgement(Health.UNHEALTHY, "; ".join(told), lasting=True, stale=True, final=proof.failed, wish="refresh")


def _operation(application: Application, proof: Proof, own_sync: OwnSync) -> Judgement | None:
    """Without an operation ever, there is none that has not ended: what it was adopted with may be synced already."""
    state = application.status.operation_state
    if application.operation is not None:
        return Judgement(Health.PROGRESSING, "an operation is about to begin")
    if state is None:
        return None
    if state.phase in RUNNING or state.finished_at is None:
        return Judgement(Health.PROGRESSING, f"an operation is running{_said(state.message)}")
    if state.phase not in FAILED or not proof.failed:
        return None
    reason = f"the sync of our revision ended as {state.phase}{_said(state.message)}{_culprits(application)}"
    # Failed: the cluster refused something. Error: Argo CD could not do it, which may pass.
    if state.phase == "Error" and application.manual and own_sync == "due" and _elsewhere(application, proof) is None:
        return Judgement(Health.PROGRESSING, f"{reason}; it is started again", proven=True, wish="sync")
    return Judgement(Health.UNHEALTHY, reason, final=True, proven=True)


def _elsewhere(application: Application, proof: Proof) -> Judgement | None:
    if compared_to_older(application):
        return Judgement(Health.PROGRESSING, "its spec has changed and was not compared yet", wish="refresh")
    if proof.there is None:
        return Judgement(Health.UNKNOWN, proof.reason, wish="refresh")
    if not proof.there:
        return Judgement(Health.PROGRESSING, proof.reason, wish="refresh")
    if not proof.fresh:
        return Judgement(Health.PROGRESSING, "was not compared since the push yet", wish="refresh")
    return None


def _unsynced(application: Application, own_sync: OwnSync) -> Judgement | None:
    status = application.status.sync.status
    if status == "Synced":
        return None
    what = f"is {one_line(status) or 'neither Synced nor OutOfSync'} at our revision{_drifted(application)}"
    if status != "OutOfSync":
        return Judgement(Health.PROGRESSING, what, proven=True, wish="refresh")
    if not application.manual:
        return Judgement(Health.PROGRESSING, what, proven=True)
    if own_sync in ("due", "refused"):
        wish: Wish = "sync" if own_sync == "due" else ""
        return Judgement(Health.PROGRESSING, f"{what}; a sync is started", proven=True, wish=wish)
    told = "it was synced already" if own_sync == "done" else "sync it, or let Promontory do so with sync: true"
    return Judgement(Health.PROGRESSING, f"{what}; its sync policy is manual: {told}", proven=True)


def _unlike(proof: Proof) -> Judgement | None:
    """It runs our revision, and not yet the image that was asked for."""
    return Judgement(Health.PROGRESSING, proof.unlike, proven=True) if proof.unlike else None


def _health(application: Application) -> Judgement:
    health = application.status.health
    status = one_line(health.status)
    told = f"{status}{_said(health.message)}{_culprits(application)}"
    if status == "Healthy":
        return Judgement(Health.HEALTHY, "Synced and Healthy", proven=True)
    if status in UNHEALTHY:
        return Judgement(Health.UNHEALTHY, told, settling=True, proven=True)
    if status == "Suspended":
        told += ": something of it is paused and waits to be resumed"
    return Judgement(Health.PROGRESSING, told or "its health is not assessed yet", proven=True)


def _culprits(application: Application) -> str:
    """The resources that are not healthy, the worst first."""
    order = [*UNHEALTHY, "Suspended", "Progressing"]
    bad = [each for each in application.status.resources if each.health.status in order]
    bad.sort(key=lambda each: order.index(each.health.status))
    return _listed(f"{one_line(str(each))}: {each.health.status}{_because(each)}" for each in bad)


def _drifted(application: Application) -> str:
    def told(each: Resource) -> str:
        return f"{one_line(str(each))}{' (is to be pruned)' if each.requires_pruning else ''}"

    return _listed(told(each) for each in application.status.resources if each.status == "OutOfSync")


def _because(resource: Resource) -> str:
    return f", {one_line(resource.health.message)}" if resource.health.message else ""


def _listed(told: Iterable[str]) -> str:
    names = list(told)
    more = [f"and {len(names) - _MOST_CULPRITS} more"] if len(names) > _MOST_CULPRITS else []
    return f" ({'; '.join([*names[:_MOST_CULPRITS], *more])})" if names else ""


def _said(message: str) -> str:
    return f": {one_line(message)}" if message else ""


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M:%S}"

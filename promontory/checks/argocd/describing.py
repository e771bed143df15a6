"""What an Application says of a release, for people: its own words, and what keeps it from running the release.

Pure. It judges by `judging`, so that `promontory explain` and the check are of one opinion.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from promontory.checks.argocd.application import Application, one_line
from promontory.checks.argocd.judging import ERRORS, FAILED, RUNNING, UNHEALTHY, judge
from promontory.checks.argocd.revision import Proof
from promontory.clock import moment
from promontory.health import ControllerReport, Health, Trouble
from promontory.release import shown

_OWN_NAMESPACE = "argocd"
_MOST_CULPRITS = 5
_WINDOW = "sync window"


def describe(application: Application, proof: Proof) -> ControllerReport:
    judgement = judge(application, proof)
    return ControllerReport(
        subject=f"Application {one_line(application.title)}",
        health=judgement.health,
        reason=judgement.reason,
        in_place=_in_place(application, proof),
        facts=_facts(application),
        troubles=tuple(_troubles(application, proof)),
    )


def _in_place(application: Application, proof: Proof) -> bool | None:
    """What it was compared with is not yet what it has: only one that is synced has it."""
    if proof.there is None or (proof.there and application.status.sync.status not in ("Synced", "OutOfSync")):
        return None
    return proof.there and application.status.sync.status == "Synced" and not proof.unlike


def missing(what: str) -> ControllerReport:
    """``what`` was looked for, and there is none."""
    told = f"there is no {what}"
    trouble = Trouble(kind="missing", message=told, remedy="argocd app list")
    return ControllerReport(subject=what, health=Health.UNKNOWN, reason=told, in_place=False, troubles=(trouble,))


def _facts(application: Application) -> dict[str, str]:
    status, state = application.status, application.status.operation_state
    known = {
        "sync": one_line(status.sync.status),
        "health": one_line(status.health.status),
        "revision": ", ".join(shown(one_line(revision)) for revision in application.observed),
        "compared": moment(status.reconciled_at) if status.reconciled_at else "",
        "sync policy": "manual" if application.manual else "automated",
        "operation": one_line(f"{state.phase}: {state.message}" if state.message else state.phase) if state else "",
        "operation ended": moment(state.finished_at) if state and state.finished_at else "",
        "images": ", ".join(one_line(image) for image in status.summary.images[:_MOST_CULPRITS]),
    }
    return {name: value for name, value in known.items() if value}


def _troubles(application: Application, proof: Proof) -> Iterator[Trouble]:
    name = _name(application)
    if application.metadata.deletion_timestamp:
        yield Trouble(
            kind="missing", message=f"is being deleted since {moment(application.metadata.deletion_timestamp)}"
        )
    for condition in application.status.conditions:
        if condition.type in ERRORS:
            told = f"{one_line(condition.type)}: {one_line(condition.message)}"
            yield Trouble(kind="error", message=told, remedy=f"argocd app get {name} --hard-refresh")
    yield from _operation(application, name)
    if application.status.sync.status == "OutOfSync" and application.manual:
        told = "is OutOfSync, and its sync policy is manual: nobody syncs it but people"
        yield Trouble(kind="auto-sync-off", message=told, remedy=f"argocd app sync {name}")
    elif application.status.sync.status == "OutOfSync":
        yield Trouble(kind="not-synced", message="is OutOfSync", remedy=f"argocd app diff {name}")
    if proof.there is False:
        yield Trouble(kind="not-synced", message=proof.reason, remedy=f"argocd app get {name} --refresh")
    if proof.unlike:
        yield Trouble(kind="other-image", message=proof.unlike, remedy=f"argocd app get {name} --refresh")
    yield from _culprits(application)


def _operation(application: Application, name: str) -> Iterator[Trouble]:
    """Argo CD says of an operation that a window stops, that it is running, and why not in its message."""
    state = application.status.operation_state
    if state is None:
        return
    message = one_line(state.message)
    if _WINDOW in message.lower() and state.phase != "Succeeded":
        project = shlex.quote(one_line(application.spec.project or "default"))
        yield Trouble(kind="sync-window", message=message, remedy=f"argocd proj windows list {project}")
    elif state.phase in FAILED:
        told = f"the last sync ended as {one_line(state.phase)}{f': {message}' if message else ''}"
        yield Trouble(kind="error", message=told, remedy=f"argocd app sync {name}")
    elif state.phase in RUNNING:
        told = f"a sync is running{f': {message}' if message else ''}"
        yield Trouble(kind="not-synced", message=told, remedy=f"argocd app wait {name}")


def _culprits(application: Application) -> Iterator[Trouble]:
    bad = [each for each in application.status.resources if each.health.status in UNHEALTHY]
    for each in bad[:_MOST_CULPRITS]:
        why = f", {one_line(each.health.message)}" if each.health.message else ""
        where = f" -n {shlex.quote(one_line(each.namespace))}" if each.namespace else ""
        what = shlex.quote(one_line(f"{each.kind}/{each.name}".lower()))
        yield Trouble(
            kind="unhealthy",
            message=f"{one_line(str(each))} is {one_line(each.health.status)}{why}",
            remedy=f"kubectl{where} describe {what}",
        )


def _name(application: Application) -> str:
    """As the ``argocd`` command takes it."""
    own = application.metadata.namespace in ("", _OWN_NAMESPACE)
    return shlex.quote(one_line(application.metadata.name if own else application.title))

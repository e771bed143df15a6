"""Is our commit applied by a Kustomization, and healthy as far as Flux looks at health? Judged from its status alone.

Source: kustomize-controller v1. It moves ``observedGeneration`` only where it succeeds, so a failure is about the
present spec where its condition says so. ``lastAppliedRevision`` is written after the health checks.
"""

from __future__ import annotations

from dataclasses import replace

from promontory.checks.flux.findings import Finding, Wanted, progressing, set_aside, suspended, unknown
from promontory.checks.flux.objects import (
    FluxObject,
    applied_revision,
    attempted_revision,
    shown,
    source_revision,
)
from promontory.health import Health
from promontory.live_objects import BUCKET

# Ready is False, but nothing has been said against our commit: it waits for somebody else, or begins again.
_WAITING = ("DependencyNotReady", "ArtifactFailed", "HealthCheckCanceled")
_UNCHECKED = "Flux has applied it and looks no further: neither spec.wait nor spec.healthChecks is set"


def judge_kustomization(seen: FluxObject, source: FluxObject | None, wanted: Wanted) -> Finding:
    """``source`` is None where it cannot be looked at. The first rule that fails decides."""
    found = (
        set_aside(seen)
        or _stalled(seen)
        or (judge_source(source, wanted) if source else None)
        or _failed(seen, source, wanted)
        or _behind(seen, wanted)
        or _busy(seen)
        or _healthy(seen)
    )
    in_place = wanted.arrived(attempted_revision(seen, source))
    return replace(found, settling=found.settling or (f"{seen.ref} attempted" if in_place else ""))


def _stalled(seen: FluxObject) -> Finding | None:
    stalled = seen.condition("Stalled")
    if stalled.status != "True":
        return None
    return Finding(Health.UNHEALTHY, f"it is stalled: {stalled.told}", f"{seen.ref} stalled")


def judge_source(source: FluxObject, wanted: Wanted) -> Finding | None:
    """Why our commit has not come as far as the source of a Kustomization; None where it has."""
    if source.resource is BUCKET:
        return unknown(f"{source.ref} has no commits: nothing it applies can be shown to be {wanted.shown}", final=True)
    revision = source_revision(source)
    if wanted.arrived(revision):
        return None
    if source.suspended:
        return suspended(source).about(f"{source.ref} has {shown(revision)}, not {wanted.shown}")
    ready, stalled = source.condition("Ready"), source.condition("Stalled")
    if stalled.status == "True":
        return Finding(Health.UNHEALTHY, f"{source.ref} is stalled: {stalled.told}", f"{source.ref} stalled")
    if ready.status == "False":
        return progressing(f"{source.ref} cannot get {wanted.shown}: {ready.told}")
    return progressing(_not_yet(source, revision, wanted))


def _not_yet(source: FluxObject, revision: str, wanted: Wanted) -> str:
    if not revision and source.text("status", "artifact", "revision"):
        return f"{source.ref} does not say which commit its artifact is of (flux push artifact --revision)"
    followed = " ".join(
        f"{key} {source.text('spec', 'ref', key)}"
        for key in ("branch", "tag", "semver", "name", "commit", "digest")
        if source.text("spec", "ref", key)
    )
    reason = f"{source.ref} has {shown(revision)}, not {wanted.shown} yet" + (
        f"; it follows {followed}" * bool(followed)
    )
    return f"{reason}; that commit is not in the repository" if wanted.foreign(revision) else reason


def _failed(seen: FluxObject, source: FluxObject | None, wanted: Wanted) -> Finding | None:
    ready = seen.condition("Ready")
    if ready.status != "False":
        return None
    attempted = attempted_revision(seen, source)
    if ready.reason in _WAITING:
        return progressing(f"it waits: {ready.told}")
    if wanted.arrived(attempted):
        return Finding(Health.UNHEALTHY, f"{shown(attempted)} failed: {ready.told}")
    return progressing(f"it is still at {shown(attempted)}, which failed: {ready.told}")


def _behind(seen: FluxObject, wanted: Wanted) -> Finding | None:
    applied = applied_revision(seen)
    if wanted.arrived(applied):
        return None
    if seen.condition("Ready").status == "Unknown" or seen.is_true("Reconciling"):
        return progressing(_doing(seen))
    if wanted.foreign(applied):
        return unknown(f"it has applied {shown(applied)}, which is no commit of the repository")
    return progressing(f"it has applied {shown(applied)}, not {wanted.shown} yet")


def _busy(seen: FluxObject) -> Finding | None:
    if not seen.observed:
        return progressing("Flux has not taken up its present spec yet")
    status = seen.condition("Ready").status
    if status == "True" and not seen.is_true("Reconciling"):
        return None
    if not status:
        return progressing("Flux has not told yet whether it is ready")
    return replace(progressing(_doing(seen)), passing=True)


def _doing(seen: FluxObject) -> str:
    reconciling = seen.condition("Reconciling")
    return (reconciling if reconciling.status == "True" else seen.condition("Ready")).told


def checks_health(seen: FluxObject) -> bool:
    """Whether Ready means healthy; else it means applied."""
    return seen.value("spec", "wait") is True or bool(seen.value("spec", "healthChecks"))


def _healthy(seen: FluxObject) -> Finding:
    applied = f"applied {shown(applied_revision(seen))}"
    reason = f"{applied} and found it healthy" if checks_health(seen) else f"{applied}; {_UNCHECKED}"
    return Finding(Health.HEALTHY, reason, proven=True)

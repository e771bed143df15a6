"""Does a HelmRelease run what its spec asks for? Judged from its status, once its Kustomization has applied our commit.

Source: helm-controller v2. ``lastAttemptedRevision`` is a chart's version. What Helm could not do is retried as often
as the spec says; after the last time the object is stalled, or was remediated (rolled back, uninstalled).
"""

from __future__ import annotations

from promontory.checks.flux.findings import Finding, progressing, set_aside
from promontory.checks.flux.objects import FluxObject, dig, words
from promontory.health import Health

_WAITING = ("DependencyNotReady", "ArtifactFailed", "SourceNotReady")
_RETRY_FOR_EVER = "RetryOnFailure"


def judge_helm_release(seen: FluxObject, *, asked: bool | None, chart_version: str | None = None) -> Finding:
    """``asked``: whether it has reconciled since our commit was applied; None where it could not be asked to.

    Only a reconcile tells that values in a ConfigMap or Secret are the present ones. The first rule that fails decides.
    """
    return (
        set_aside(seen)
        or _busy(seen)
        or _unasked(seen, asked)
        or _failed(seen, certain=asked is True)
        or _behind(seen, chart_version)
        or Finding(Health.HEALTHY, _running(seen), proven=True)
    )


def _busy(seen: FluxObject) -> Finding | None:
    """At work. What it waits for with ProgressingWithRetry is a failure, and judged as one."""
    reconciling, ready = seen.condition("Reconciling"), seen.condition("Ready")
    if reconciling.status == "True" and reconciling.reason == "Progressing":
        passing = ready.status == "True" and seen.observed
        return Finding(Health.PROGRESSING, reconciling.told, passing=passing)
    return progressing(ready.told) if ready.status == "Unknown" else None


def _unasked(seen: FluxObject, asked: bool | None) -> Finding | None:
    if asked is not False:
        return None
    passing = seen.condition("Ready").status == "True" and seen.observed
    return Finding(Health.PROGRESSING, "it has not reconciled since our commit was applied", passing=passing)


def _failed(seen: FluxObject, *, certain: bool) -> Finding | None:
    """``certain``: what is seen is about the present values, so that nothing is left to wait for."""
    ready, stalled = seen.condition("Ready"), seen.condition("Stalled")
    attempted = f"{seen.ref} attempted"
    if stalled.status == "True":
        return Finding(Health.UNHEALTHY, f"it is stalled: {_cause(seen, stalled.told)}", attempted, final=certain)
    if ready.status != "False":
        return None
    if ready.reason in _WAITING:
        return progressing(f"it waits: {ready.told}")
    if seen.is_true("Remediated"):
        return _helm_failed(seen, f"Helm took it back: {_cause(seen, ready.told)}", certain=certain)
    if any(seen.condition(kind).status == "False" for kind in _steps(seen)):
        return _helm_failed(seen, _cause(seen, ready.told), certain=certain)
    return Finding(Health.UNHEALTHY, ready.told, attempted)


def _helm_failed(seen: FluxObject, reason: str, *, certain: bool) -> Finding:
    if _retries_left(seen):
        return progressing(f"{reason}; Flux tries again")
    return Finding(Health.UNHEALTHY, reason, f"{seen.ref} attempted", final=certain)


def _cause(seen: FluxObject, told: str) -> str:
    """Why Helm failed. Ready tells what came of it last, which after a rollback is that the rollback succeeded."""
    for kind in _steps(seen):
        condition = seen.condition(kind)
        if condition.status == "False" and condition.told not in told:
            return f"{told}: {condition.told}"
    return told


def _steps(seen: FluxObject) -> tuple[str, ...]:
    """The conditions of what Helm has to do."""
    return ("Released", "TestSuccess") if _must_be_tested(seen) else ("Released",)


def _retries_left(seen: FluxObject) -> bool:
    action = seen.text("status", "lastAttemptedReleaseAction")
    if action not in ("install", "upgrade"):
        return seen.is_true("Reconciling")
    if seen.text("spec", action, "strategy", "name") == _RETRY_FOR_EVER:
        return True
    retries = seen.number("spec", action, "remediation", "retries") or 0
    failures = seen.number("status", f"{action}Failures") or 0
    return retries < 0 or failures <= retries


def _behind(seen: FluxObject, chart_version: str | None) -> Finding | None:
    """What is still to come before it is what its spec says; told in this order."""
    released, tested = seen.condition("Released"), seen.condition("TestSuccess")
    latest = latest_release(seen)
    status, version = words(dig(latest, "status")), words(dig(latest, "chartVersion"))
    attempted = seen.text("status", "lastAttemptedConfigDigest")
    untested = _must_be_tested(seen) and tested.status != "True"
    waiting = (
        (not seen.observed, "Flux has not taken up its present spec yet"),
        (seen.condition("Ready").status != "True", "Flux has not told yet whether it is ready"),
        (released.status != "True", f"it has not been released yet: {released.reason or 'nothing is told of it'}"),
        (untested, f"its tests have not succeeded yet: {tested.reason or 'nothing is told of them'}"),
        (status != "deployed", f"its latest release is {status or 'not told'}, not deployed"),
        (not attempted or words(dig(latest, "configDigest")) != attempted, "it does not run its present values yet"),
        (
            chart_version is not None and not _same_version(version, chart_version),
            f"it runs chart version {version or 'unknown'}, not {chart_version} yet",
        ),
    )
    return next((progressing(reason) for fails, reason in waiting if fails), None)


def _must_be_tested(seen: FluxObject) -> bool:
    tests = seen.value("spec", "test")
    return dig(tests, "enable") is True and dig(tests, "ignoreFailures") is not True


def latest_release(seen: FluxObject) -> object:
    """Of Helm's, newest first."""
    history = seen.value("status", "history")
    return history[0] if isinstance(history, list) and history else None


def _same_version(seen: str, wanted: str) -> bool:
    """A chart's version may be written with a ``v``, and Flux puts what it was built of behind a ``+``."""
    if "+" not in wanted:
        seen = seen.partition("+")[0]
    return seen.removeprefix("v") == wanted.removeprefix("v")


def _running(seen: FluxObject) -> str:
    latest = latest_release(seen)
    chart = f"{words(dig(latest, 'chartName'))} {words(dig(latest, 'chartVersion'))}".strip()
    failed = seen.value("spec", "test", "enable") is True and seen.condition("TestSuccess").status == "False"
    ignored = "; its tests failed, which spec.test.ignoreFailures lets pass" if failed else ""
    return f"chart {chart} is deployed{ignored}"

"""What of Flux's objects goes into the record: revisions, what the controllers said, and who looked at health."""

from __future__ import annotations

from promontory.checks.flux.helm_release import latest_release
from promontory.checks.flux.kustomization import checks_health
from promontory.checks.flux.objects import FluxObject, dig, words


def of_kustomization(seen: FluxObject, source: FluxObject | None) -> dict[str, object]:
    """``health_checked`` false: what Flux calls ready has been applied, and nobody has looked whether it is healthy."""
    known = {
        "applied": seen.text("status", "lastAppliedRevision"),
        "applied_origin": seen.text("status", "lastAppliedOriginRevision"),
        "attempted": seen.text("status", "lastAttemptedRevision"),
        "ready": _ready(seen),
        "source": source.ref if source else "",
        "source_revision": source.text("status", "artifact", "revision") if source else "",
    }
    return {**{key: value for key, value in known.items() if value}, "health_checked": checks_health(seen)}


def of_helm_release(seen: FluxObject) -> dict[str, object]:
    latest = latest_release(seen)
    version = dig(latest, "version")
    known = {
        "chart": words(dig(latest, "chartName")),
        "chart_version": words(dig(latest, "chartVersion")),
        "app_version": words(dig(latest, "appVersion")),
        "status": words(dig(latest, "status")),
        "revision": version if isinstance(version, int) else None,
        "config": words(dig(latest, "configDigest")),
        "ready": _ready(seen),
    }
    return {key: value for key, value in known.items() if value}


def _ready(seen: FluxObject) -> str:
    ready = seen.condition("Ready")
    return f"{ready.status} ({ready.reason})" if ready.status else ""

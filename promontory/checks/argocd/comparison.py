"""Is the status of an Application about the spec that it has now? Argo CD writes down what it has compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promontory.checks.argocd.application import Application


def compared_to_older(application: Application) -> bool:
    """The status is about sources, or a destination, that the spec has replaced since."""
    spec, status = (_mapping(application.document.get(name)) for name in ("spec", "status"))
    compared = _mapping(_mapping(status.get("sync")).get("comparedTo"))
    if not compared:
        return False
    place, seen = (_pruned(_mapping(each.get("destination"))) for each in (spec, compared))
    # Argo CD may know the server of a name, and write only one of them.
    moved = any(seen[key] != place[key] for key in seen.keys() & place.keys())
    if spec.get("sources"):
        return moved or bool(_pruned(compared.get("sources")) != _pruned(spec["sources"]))
    return moved or bool(spec.get("source") and _pruned(compared.get("source")) != _pruned(spec["source"]))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _pruned(value: Any) -> Any:
    """Without what Argo CD leaves out where it writes it itself: nothing, no, and empty."""
    if isinstance(value, Mapping):
        kept = {key: _pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", False, {}, [])}
    return [_pruned(item) for item in value] if isinstance(value, list) else value

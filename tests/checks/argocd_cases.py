"""One Application, and what one look at it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from promontory.health import Health
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import TARGET, Json, KnownHistory
from tests.checks.argocd_stories import look

HEALTHY, PROGRESSING, UNKNOWN, UNHEALTHY = Health


@dataclass(frozen=True)
class Case:
    """``says``: a regular expression that the reason matches from its beginning."""

    name: str
    document: Json | None
    health: Health
    says: str = "Synced and Healthy"
    final: bool = False
    proven: bool = True
    history: KnownHistory = field(default_factory=KnownHistory)
    options: dict[str, Any] = field(default_factory=dict)
    target: Target = TARGET


def unproven(name: str, document: Json | None, found: Health, says: str, **more: Any) -> Case:
    return Case(name, document, found, says, proven=False, **more)


def holds(case: Case, api: KubernetesApi) -> None:
    """The first look says what the case says."""
    seen = look(api, case.document, case.history, case.target, **case.options)

    assert (seen.health, seen.final, seen.proven) == (case.health, case.final, case.proven), seen.reason
    assert re.match(case.says, seen.reason), seen.reason

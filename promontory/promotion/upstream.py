"""The environments before a place, as the ledger and the rules have them: what provenance is asked of."""

from __future__ import annotations

from datetime import timedelta

from promontory.gates import Upstream
from promontory.model import Place
from promontory.promotion.workspace import Workspace


def upstream_of(workspace: Workspace, application: str, environment: str) -> Upstream:
    """What one environment can show of the application's releases, as of the last sync."""
    rules = workspace.config.environment(environment)
    checks = workspace.checks(environment)
    return Upstream(
        workspace.record(Place(application, environment)),
        has_checks=bool(checks),
        soak=rules.soak or timedelta(),
        verifies_within=max((check.deadline for check in checks), default=timedelta()),
        owner=rules.owner,
    )

"""What checks of objects in a cluster have in common: which cluster, and how long it may settle.

They are told of changes, so that ``interval`` is only how often they look without having been told.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from promontory.checks.contract import Check
from promontory.options import Duration, Period, Target, Template


class ClusterCheck(Check):
    """Once its release is in place, an environment is given ``settle`` before what looks unhealthy counts."""

    context: Template | None = Field(
        default=None,
        description="The kubeconfig's context. Left out: the current one, or inside of a cluster that cluster.",
    )
    deadline: Duration = Field(default=timedelta(minutes=10), description="How long to wait for health, e.g. 10m.")
    interval: Duration = Field(
        default=timedelta(seconds=10), description="How long from one look to the next, where nothing changes before."
    )
    stable_for: Period = Field(
        default=timedelta(seconds=10), description="How long it must stay healthy without a break, e.g. 10s."
    )
    settle: Period = Field(
        default=timedelta(seconds=30),
        description="How long it may look unhealthy after the release is in place: controllers pass through that.",
    )

    def context_of(self, target: Target) -> str | None:
        """The context, filled in; None for the current one."""
        return target.fill(self.context) if self.context else None

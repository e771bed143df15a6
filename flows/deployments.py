"""The deployments: the flows by the names that the UI, the API and `promontory trigger` call them.

`promontory serve` runs these; prefect.yaml says the same for workers.
"""

from __future__ import annotations

from dataclasses import dataclass

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.approve import approve
from flows.attend import attend
from flows.nightly import nightly
from flows.promote import promote
from flows.rollback import rollback

TAGS = ["promontory"]
# By default Prefect writes paths, which load a flow's file a second time, under another name.
MODULE = EntrypointType.MODULE_PATH


@dataclass(frozen=True)
class Schedule:
    """When `nightly` runs: a cron expression and an IANA time zone."""

    cron: str
    timezone: str


async def deployments(schedule: Schedule) -> list[RunnerDeployment]:
    # A worker that was away for a week must not promote seven times when it comes back.
    one_at_a_time = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    return [
        await promote.ato_deployment("promote", tags=TAGS, entrypoint_type=MODULE),
        await rollback.ato_deployment("rollback", tags=TAGS, entrypoint_type=MODULE),
        await nightly.ato_deployment(
            "nightly",
            tags=TAGS,
            entrypoint_type=MODULE,
            schedule=Cron(schedule.cron, timezone=schedule.timezone),
            concurrency_limit=one_at_a_time,
        ),
        await approve.ato_deployment("approve", tags=TAGS, entrypoint_type=MODULE),
        await attend.ato_deployment("attend", tags=TAGS, entrypoint_type=MODULE),
    ]

"""The deployments: the flows by the names that the UI, the API and `promontory trigger` call them.

`promontory serve` runs these; prefect.yaml says the same for workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger, Posture
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.approve import approve
from flows.attend import attend
from flows.nightly import nightly
from flows.promote import promote
from flows.recover import recover
from flows.rollback import rollback
from promontory.promotion.values import STATE_NAMES, SUPERSEDED
from tasks.dead_runs import TAG
from tasks.listening import HEARTBEAT
from tasks.waking import WAITING

TAGS = [TAG]
# By default Prefect writes paths, which load a flow's file a second time, under another name.
MODULE = EntrypointType.MODULE_PATH


# After a heartbeat comes another, or a state without any: the run has ended, or waits without a process. A crash is no
# such state: whoever saw it starts the run again, and where nobody does, `recover` has to.
_SIGNS_OF_LIFE = (*STATE_NAMES.values(), SUPERSEDED, WAITING, "Suspended", "Paused", "Cancelled")
_MISSED = timedelta(seconds=60)
_OURS = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}


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
        await recover.ato_deployment(
            "recover",
            tags=TAGS,
            entrypoint_type=MODULE,
            triggers=[when_a_heartbeat_is_missed(), when_a_run_is_cancelled()],
        ),
    ]


def when_a_heartbeat_is_missed() -> DeploymentEventTrigger:
    """It makes `recover` look; whether the run is dead, that finds out for itself."""
    return DeploymentEventTrigger(
        name="promontory: a run is silent",
        posture=Posture.Proactive,
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related=_OURS,
        for_each={"prefect.resource.id"},
        after={HEARTBEAT},
        expect={HEARTBEAT, *(f"prefect.flow-run.{name}" for name in _SIGNS_OF_LIFE)},
        threshold=1,
        within=_MISSED,
    )


def when_a_run_is_cancelled() -> DeploymentEventTrigger:
    """It makes `recover` see to what the run has left: one that rested or was suspended has no process, and no hook."""
    return DeploymentEventTrigger(
        name="promontory: a run was cancelled",
        posture=Posture.Reactive,
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related=_OURS,
        expect={"prefect.flow-run.Cancelled"},
        parameters={"silence": 0},
    )

"""What a dead run has pushed and nobody has judged is taken up, where it ran in a terminal: nobody starts it again."""

from __future__ import annotations

import logging

from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound

from promontory.clock import moment
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.promotion.values import Hop
from tasks.abandoned import left_by_dead_runs

log = logging.getLogger("promontory")
PROMOTE_DEPLOYMENT = "promote/promote"


async def take_up() -> list[str]:
    """Have each of them verified, and taken back if need be, by a run of its own; the names of the promotions."""
    try:
        return [await _taken_up(hop, entry) for hop, entry in await left_by_dead_runs()]
    except ObjectNotFound:
        log.warning("what dead runs have pushed is not taken up: the deployment %s is not there", PROMOTE_DEPLOYMENT)
        return []


async def take_up_beside() -> None:
    """Beside the run that does it, which has something else to do."""
    try:
        await take_up()
    except PromontoryError as error:
        log.warning("what dead runs have pushed is left for now: %s", error.message)


async def _taken_up(hop: Hop, entry: Entry) -> str:
    """Once, however many find it: the server makes one run for one key."""
    parameters = {
        "application": hop.application,
        "release": hop.release,
        "to": hop.environment,
        "requested_by": entry.by,
        "also": {member.application: member.release for member in hop.also},
        "unattended": True,
    }
    key = f"take up {entry.promotion} {entry.kind} {moment(entry.at)}"
    run = await arun_deployment(
        PROMOTE_DEPLOYMENT, parameters=parameters, timeout=0, as_subflow=False, idempotency_key=key
    )
    what = f"{hop.application} {hop.release} in {hop.environment}"
    log.warning("verify-%s: %s was pushed by a run that died; %s goes on with it", hop.environment, what, run.name)
    return what

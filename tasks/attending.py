"""Requests that no process waits for: a run of `attend/attend` is scheduled for when there is something to do."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from promontory.promotion.attending import Attendance, next_attendance
from promontory.promotion.attending import attend as attend_core
from promontory.settings import read_settings
from tasks.running import core, step
from tasks.waking import wake_from

log = logging.getLogger("promontory.tasks")
ATTEND = "attend/attend"


@step("attend", patient=True)
async def attend(promotion: str, digest: str) -> Attendance:
    """Heed reviews, remind, expire; and say when to look again."""
    return await core(attend_core, promotion, digest, _look_every())


@step("wake", patient=True)
async def wake_at_last(run: str, form: str) -> str:
    return await wake_from(run, form)


async def attend_later(promotion: str, digest: str, run: str) -> None:
    """Have the request looked at when something is due, on behalf of the flow run that waits for it.

    Best effort: the run is not held up, and whoever looks at the request for another reason does the same.
    """
    if due := await core(next_attendance, promotion, digest, _look_every()):
        await attend_at(due, promotion, digest, run)


async def attend_at(due: datetime, promotion: str, digest: str, run: str) -> None:
    """Once for each moment, however many want it: the moment follows from the request."""
    parameters = {"promotion": promotion, "digest": digest, "run": run, "due": due.isoformat()}
    await _schedule(promotion, due, parameters, f"{promotion}:{digest}:{due.isoformat()}")


async def wake_later(due: datetime, promotion: str, run: str, form: str) -> bool:
    """Have a run that is to be suspended with ``form`` woken at ``due``, if it still waits with that one then.

    Whether anybody will.
    """
    parameters = {"promotion": promotion, "digest": "", "run": run, "due": due.isoformat(), "form": form}
    return await _schedule(promotion, due, parameters, f"{run}:{form}")


async def _schedule(promotion: str, due: datetime, parameters: dict[str, str], key: str) -> bool:
    try:
        async with get_client() as client:
            deployment = await client.read_deployment_by_name(ATTEND)
            await client.create_flow_run_from_deployment(
                deployment.id,
                name=f"attend {promotion}",
                parameters=parameters,
                state=Scheduled(scheduled_time=due),
                idempotency_key=key,
            )
    except ObjectNotFound:
        log.warning("nobody is reminded and no request expires by itself: the deployment %s is not there", ATTEND)
    except HTTPError as error:
        log.warning("the request of %s is not looked at by itself: %s", promotion, error)
    else:
        return True
    return False


def _look_every() -> timedelta:
    return timedelta(seconds=read_settings().poll_interval)

"""What every flow shares: its workspace, its options, how errors become outcomes, and how a run ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypedDict, TypeVar

from prefect import State
from prefect.context import FlowRunContext
from prefect.logging.handlers import APILogHandler
from prefect.runtime import flow_run
from prefect.settings import get_current_settings
from prefect.states import Completed, Failed

from promontory.entry import Entry
from promontory.errors import NotAllowed, PlanChanged, PromontoryError, PushRefused, RevertConflict, Superseded
from promontory.escaping.logs import make_logs_readable
from promontory.escaping.plain import printable
from promontory.promotion.values import Hop, HopOutcome, Result, Status
from promontory.promotion.workspace import Actor, Workspace
from tasks.artifacts import delivering_artifacts
from tasks.fetch import fetch
from tasks.next_in_line import waking_next
from tasks.notify import telling
from tasks.propose import withdraw_cancelled
from tasks.running import WORKSPACE

_ERROR_STATUSES: tuple[tuple[type[PromontoryError], Status], ...] = (
    (Superseded, "superseded"),
    (NotAllowed, "closed"),
    (PlanChanged, "closed"),
    (PushRefused, "closed"),
    (RevertConflict, "revert-failed"),
)


Ready = TypeVar("Ready")
Parameters = ParamSpec("Parameters")


class FlowOptions(TypedDict):
    persist_result: bool
    result_serializer: str


# No flow-level retries: a resumed run could hang (tasks retry instead). No pickle.
FLOW = FlowOptions(persist_result=False, result_serializer="json")
# Before Prefect says that a run begins, by the name that whoever started it gave it.
make_logs_readable()


@asynccontextmanager
async def workspace_of_run(requested_by: str, *, unattended: bool = False) -> AsyncIterator[Workspace]:
    """Open the workspace for this flow run and send the core's log to it.

    ``unattended``: no human asked for just this, whatever started the run.
    """
    _log_to_prefect()
    by = requested_by or f"flow run {flow_run.get_name()}"
    automatic = unattended or _is_scheduled()
    actor = Actor(by, str(flow_run.get_id()), _link(), automatic=automatic, since=_first_started())
    async with waking_next(await fetch(actor)) as listened, telling(listened) as workspace:
        token = WORKSPACE.set(workspace)
        try:
            async with delivering_artifacts():
                rules = workspace.config.environments.values()
                if any(each.deliver.by_request or each.superseded == "queue" for each in rules):
                    await _tidied()
                yield workspace
            with suppress(PromontoryError):  # the mirror is tidied at most once a day, and it does not matter when
                await asyncio.to_thread(workspace.repository.maintain)
        finally:
            WORKSPACE.reset(token)


async def _tidied() -> None:
    """What others have left behind is no reason not to run."""
    try:
        await withdraw_cancelled()
    except PromontoryError as error:
        logging.getLogger("promontory").warning("requests of cancelled runs are left for now: %s", error.message)


async def outcome_of(hop: Hop, work: Awaitable[Ready]) -> Ready | HopOutcome:
    """One hop's outcome, whatever happens to it: its siblings go on."""
    try:
        return await work
    except PromontoryError as error:
        status: Status = next((status for kind, status in _ERROR_STATUSES if isinstance(error, kind)), "failed")
        return ended(hop, status, error.message, remedy=error.remedy, error_code=error.exit_code)
    except Exception as error:
        logging.getLogger("promontory").exception("%s: unexpected error", hop.environment)
        return ended(hop, "failed", f"{type(error).__name__}: {error}", error_code=1)


def ended(hop: Hop, status: Status, reason: str = "", **details: Any) -> HopOutcome:
    """How it ended, for each application that moved together."""
    first, *others = (_ended(member, status, reason, details) for member in hop.members)
    return first.model_copy(update={"also": tuple(others)})


def _ended(hop: Hop, status: Status, reason: str, details: Mapping[str, Any]) -> HopOutcome:
    return HopOutcome(
        application=hop.application,
        environment=hop.environment,
        status=status,
        release=hop.release,
        previous=hop.current,
        promotion=hop.promotion,
        reason=reason,
        **details,
    )


def rolled_back(outcome: HopOutcome, reverted: Entry) -> HopOutcome:
    """A rollback that somebody asked for has succeeded where an automatic revert would have."""
    if outcome.status != "reverted":
        return outcome
    checked = bool(WORKSPACE.get().checks(outcome.environment))
    return outcome.model_copy(
        update={
            "status": "verified" if checked else "deployed",
            "release": reverted.previous,
            "previous": reverted.release,
            "reason": "",
            "remedy": "",
        }
    )


def concluding(work: Callable[Parameters, Awaitable[Result]]) -> Callable[Parameters, Awaitable[State[Any]]]:
    """Make a flow of ours end in a state that says how it went; an error of ours is an end, not a traceback."""

    @wraps(work)
    async def concluded(*arguments: Parameters.args, **named: Parameters.kwargs) -> State[Any]:
        try:
            return final_state(await work(*arguments, **named))
        except PromontoryError as error:
            failed = Result(
                application=str(named.get("application", "")),
                release=str(named.get("release", "")),
                error=error.message,
                remedy=error.remedy,
                error_code=error.exit_code,
            )
            return final_state(failed)

    return concluded


def final_state(result: Result) -> State[Any]:
    """Completed, or Failed under a name that says which of the exit codes it is; the result travels along."""
    make = Failed if result.exit_code else Completed
    return make(name=result.state_name, message=printable(result.summary), data=result)


def _is_scheduled() -> bool:
    """Whether a schedule started this run: a property of the run, however often it starts anew."""
    context = FlowRunContext.get()
    return bool(context and context.flow_run and context.flow_run.auto_scheduled)


def _first_started() -> datetime:
    """When this run began, which stays so when it is resumed, or started again after a wait or a crash."""
    context = FlowRunContext.get()
    return (context and context.flow_run and context.flow_run.start_time) or datetime.now(UTC)


def _link() -> str:
    """Where people see this run; empty where the server is a temporary one, whose address is of no use later."""
    return (flow_run.get_flow_run_ui_url() or "") if get_current_settings().api.url else ""


def _log_to_prefect() -> None:
    """The core logs with the standard library; inside a run that belongs to the run."""
    logger = logging.getLogger("promontory")
    if not any(isinstance(handler, APILogHandler) for handler in logger.handlers):
        logger.addHandler(APILogHandler())
        logger.setLevel(logging.INFO)

"""Run a flow in this process, on the Prefect server that is configured or on a temporary one, and show how it goes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Mapping
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, cast

import click

from promontory.cli.printing import say, say_json, say_message
from promontory.cli.terminal import HEALTH_STYLES, stderr
from promontory.errors import TransientError
from promontory.promotion.values import Result
from promontory.release import shown

if TYPE_CHECKING:
    from prefect import Flow

# No telemetry, and no log of Prefect's own on the terminal: ours is narrated, theirs is in the UI.
_PREFECT_DEFAULTS: Mapping[str, str] = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "60",
    "PREFECT_CLI_COLORS": "false",
    # Seconds; flows/recover.py takes a run to be dead of which nothing was heard for three times as long.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}


def prefect_environment(*, verbose: bool = False) -> None:
    """Set what Prefect reads when it is imported; what the user has set stays."""
    for name, value in _PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)
    if not verbose:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    logging.getLogger("promontory").setLevel(logging.INFO)


def run_flow(flow: Flow[..., Any], parameters: Mapping[str, object]) -> Result:
    """Run ``flow`` to its end and return its result; what it raised is raised here."""
    from prefect import tags

    # As deployed runs are: so `recover` finds it where it dies.
    with tags("promontory"):
        state = asyncio.run(_final_state(flow, parameters))
    carried = asyncio.run(state.aresult(raise_on_failure=False))
    if isinstance(carried, BaseException):
        raise _explained(carried)
    if not isinstance(carried, Result):
        raise click.Abort
    return carried


def report(result: Result, *, as_json: bool) -> None:
    """The end of a run: hop by hop, with what to do next where something is left to do."""
    if as_json:
        say_json(result.model_dump(mode="json"))
        return
    for hop in result.hops:
        before = f"{shown(hop.previous)} → " if hop.previous and hop.previous != hop.release else ""
        what = before + shown(hop.release)
        say((f"{hop.status:<13}", HEALTH_STYLES.get(hop.status, "")), f" {hop.environment:<12} {what}")
        for line in (hop.reason, f"→ {hop.remedy}" if hop.remedy and hop.exit_code else ""):
            if line:
                say(f"{'':<13} {line}")
    if result.error:
        say_message(("error: ", "red"), result.error + (f"\n  → {result.remedy}" if result.remedy else ""))


def busy(what: str) -> Any:
    """A sign of life while something takes long, where somebody is watching."""
    from rich.text import Text

    console = stderr()
    return console.status(Text(what, "dim")) if console.is_terminal else nullcontext()


def settle_prefect() -> None:
    """Let Prefect deliver what it still has to say, before its server ends."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all()


async def _final_state(flow: Flow[..., Any], parameters: Mapping[str, object]) -> Any:
    with suppress(asyncio.CancelledError):
        return await cast("Awaitable[Any]", flow(**parameters, return_state=True))
    raise KeyboardInterrupt


def _explained(error: BaseException) -> BaseException:
    api = os.environ.get("PREFECT_API_URL", "the Prefect API")
    if "Failed to reach API" in str(error):
        remedy = "start it, or unset PREFECT_API_URL to run with a temporary one"
        return TransientError(f"the Prefect server at {api} cannot be reached", remedy)
    return error

"""`promontory serve`: Prefect server, UI and this project's deployments in one process tree."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click

from promontory.cli.prefect_server import prefect_server
from promontory.cli.printing import say, say_message
from promontory.cli.running import busy, prefect_environment
from promontory.cli.source import source_options
from promontory.errors import Problem

DEFAULT_PORT = 4200
# How often it asks for runs that are due: who is woken is not to wait ten seconds more, as is Prefect's own default.
_POLL_SECONDS = "2"
_DEPLOYMENTS = "promote, rollback, approve, attend, nightly, recover"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address the Prefect server listens on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
@click.option("--limit", default=4, show_default=True, type=click.IntRange(1), help="How many runs at a time.")
@click.option("--nightly", "cron", default="0 2 * * 1-5", show_default=True, help="When to run `nightly` (cron).")
@click.option("--timezone", default="UTC", show_default=True, help="The time zone of --nightly.")
@source_options
def serve(host: str, port: int, limit: int, cron: str, timezone: str) -> None:
    """Run everything here: a Prefect server with its UI, and the deployments: promote, rollback, nightly,
    approve (answers over the API), attend (requests that wait) and recover (runs that died unseen).

    With PREFECT_API_URL set, the deployments are served to that server and none is started. The embedded server
    keeps its state in SQLite, which is fine for one person; teams give Prefect a PostgreSQL database.
    """
    prefect_environment()
    os.environ.setdefault("PREFECT_RUNNER_POLL_FREQUENCY", _POLL_SECONDS)
    check_schedule(cron, timezone)
    with busy("reading the repository"):
        doubts = fix_source()
    for doubt in doubts:
        say_message(("warning: ", "yellow"), str(doubt))
    with server_for(host, port) as address:
        say("Prefect UI   ", (address, "bold"), error=True)
        say(f"deployments  {_DEPLOYMENTS} ({cron} {timezone})", error=True)
        serve_deployments(limit, cron, timezone)


def fix_source() -> tuple[Problem, ...]:
    """Check that configuration and repository can be read, and name the repository for the runs to come.

    What comes back is allowed, but worth a second look: above all, production that nobody has to approve.
    """
    from promontory.config import warnings
    from promontory.promotion.location import find_source, open_workspace
    from promontory.promotion.workspace import Actor
    from promontory.settings import read_settings

    settings = read_settings()
    source = find_source(settings)
    workspace = open_workspace(settings, Actor("serve"))
    # The runs are processes of their own, in directories of their own.
    os.environ["PROMONTORY_REPOSITORY"] = source.url
    if settings.config:
        os.environ["PROMONTORY_CONFIG"] = str(Path(settings.config).absolute())
    return warnings(workspace.config)


@contextmanager
def server_for(host: str, port: int) -> Iterator[str]:
    """The server that is configured, or one of our own."""
    if configured := os.environ.get("PREFECT_API_URL"):
        yield configured.removesuffix("/").removesuffix("/api")
        return
    with ExitStack() as stack:
        with busy("starting the Prefect server (the first time takes a while)"):
            address = stack.enter_context(prefect_server(host, port))
        yield address


def serve_deployments(limit: int, cron: str, timezone: str) -> None:
    """Serve until interrupted."""
    import asyncio

    from prefect.runner import Runner

    from flows.deployments import Schedule, deployments
    from flows.recover import recover_what_is_called_running

    class EndedLikeCtrlC(Runner):
        """Prefect's own way to end at SIGTERM starts what nobody waits for any more."""

        def handle_sigterm(self, *_: object, **__: object) -> None:
            signal.raise_signal(signal.SIGINT)

    async def run() -> None:
        # Not paused when it stops: what is triggered or scheduled meanwhile runs when it is back.
        runner = EndedLikeCtrlC(name="promontory", pause_on_shutdown=False, limit=limit)
        for deployment in await deployments(Schedule(cron, timezone)):
            await runner.aadd_deployment(deployment)
        await recover_what_is_called_running()
        await runner.start()

    # Ignored where a shell that is no terminal has started us in the background: then SIGTERM would do nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(run())


def check_schedule(cron: str, timezone: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule
    from pydantic import ValidationError

    try:
        CronSchedule(cron=cron, timezone=timezone)
    except ValidationError as error:
        wrong = error.errors()[0]["loc"][0]
        hint = {"cron": "--nightly: e.g. '0 2 * * 1-5'", "timezone": "--timezone: e.g. Europe/Berlin"}
        raise click.BadParameter(f"{cron!r}, {timezone!r}: not understood; {hint.get(str(wrong), '')}") from None

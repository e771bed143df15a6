"""`promontory trigger`: start a promotion on a Prefect server, and say how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import moves_argument, terms_options, to_option
from promontory.cli.following import Follower
from promontory.cli.prefect_api import prefect_client, run_address
from promontory.cli.printing import say, say_json
from promontory.cli.source import as_option, json_option, whoami
from promontory.errors import UsageError
from promontory.escaping.plain import one_line
from promontory.options import parse_duration
from promontory.promotion.values import exit_code_of

if TYPE_CHECKING:
    from prefect.client.schemas import FlowRun

DEPLOYMENT = "promote/promote"
INTERRUPTED = 130


def _duration(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta | None:
    try:
        return parse_duration(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@moves_argument
@to_option
@click.option("--wait", is_flag=True, help="Follow the run to its end, and exit as `promote` would.")
@click.option("--timeout", callback=_duration, metavar="DURATION", help="With --wait: how long, e.g. 30m.")
@click.option("--idempotency-key", "nonce", metavar="KEY", help="E.g. your CI run's id: the same key starts one run.")
@terms_options
@as_option
@json_option
def trigger(  # noqa: PLR0913 — one for each option
    moves: Mapping[str, str],
    to: str,
    *,
    wait: bool,
    timeout: timedelta | None,
    nonce: str | None,
    terms: Mapping[str, object],
    by: str | None,
    as_json: bool,
) -> int:
    """Start the promotion of RELEASE of APPLICATION (of several, as APPLICATION=RELEASE) on a Prefect server.

    The server is the one at PREFECT_API_URL. RELEASE may be latest, verified, or a range such as ">=1.2 <2": the run
    finds out which one that is then.

    It needs no checkout: the server's workers have the repository. With --wait its exit codes are those of
    `promontory promote`; 3 as well where the run still waits for an approval when --timeout is over.
    """
    if timeout and not wait:
        raise click.UsageError("--timeout needs --wait")
    (application, release), *others = moves.items()
    parameters = {"application": application, "release": release, "to": to, "requested_by": whoami(by)}
    more: dict[str, object] = {"also": dict(others)} if others else {}
    key = ":".join([application, to, release, *(f"{name}={it}" for name, it in others), nonce]) if nonce else None
    flow_run = asyncio.run(_start({**parameters, **more, **terms}, key))
    if not as_json:
        _show(flow_run)
    if wait:
        try:
            flow_run = asyncio.run(Follower(flow_run.id).until_final(timeout))
        except KeyboardInterrupt:
            say("", error=True)
            say(f"no longer following; the run goes on: {run_address(flow_run.id)}", error=True)
            return INTERRUPTED
    return _conclude(flow_run, wait=wait, as_json=as_json)


async def _start(parameters: Mapping[str, object], key: str | None) -> FlowRun:
    from prefect.exceptions import ObjectNotFound

    async with prefect_client() as client:
        try:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound:
            misspelt = (
                "" if str(client.api_url).rstrip("/").endswith("/api") else ", or let PREFECT_API_URL end with /api"
            )
            raise UsageError(
                f"the Prefect server at {client.api_url} has no deployment {DEPLOYMENT}",
                f"start `promontory serve` with this PREFECT_API_URL, or `prefect deploy --all`{misspelt}",
            ) from None
        name = f"{parameters['application']} {parameters['release']} to {parameters['to']}"
        return await client.create_flow_run_from_deployment(
            deployment.id, name=name, parameters=dict(parameters), idempotency_key=key
        )


def _show(flow_run: FlowRun) -> None:
    say(("started: ", "green"), f"{flow_run.name} ({flow_run.id})")
    say(run_address(flow_run.id))


def _conclude(flow_run: FlowRun, *, wait: bool, as_json: bool) -> int:
    state = flow_run.state
    name, message = (state.name or "", state.message or "") if state else ("", "")
    code = exit_code_of(name) if wait else 0
    if as_json:
        address = run_address(flow_run.id)
        document = {"id": str(flow_run.id), "name": flow_run.name, "url": address, "state": name, "message": message}
        say_json({**document, "exit_code": code})
    elif wait:
        say((f"{name}: ", "red" if code else "green"), one_line(message))
    return code

"""`promontory rollback`: take an environment back, by hand."""

from __future__ import annotations

import asyncio

import click

from promontory.cli.arguments import application_argument, environment_argument
from promontory.cli.promote import in_a_terminal
from promontory.cli.running import busy, prefect_environment, report, run_flow
from promontory.cli.source import as_option, json_option, source_options, whoami
from promontory.release import check_release


@click.command()
@application_argument
@environment_argument
@click.option("--to", metavar="RELEASE", help="The release to go back to (default: the last one verified there).")
@click.option("--reason", default="", help="Why; goes into the commit and the ledger.")
@click.option(
    "--wait", is_flag=True, help="Without a terminal: wait for the merge of a pull request that takes it back."
)
@as_option
@json_option
@source_options
def rollback(  # noqa: PLR0913 — one for each option
    application: str, environment: str, *, to: str | None, reason: str, wait: bool, by: str | None, as_json: bool
) -> int:
    """Take APPLICATION in ENVIRONMENT back to an earlier release, and hold the one it leaves.

    It waits behind no gate and no approval, is recorded, and is verified by the environment's checks. Where the
    environment takes changes through pull requests, it goes through one (`revert_by: push` goes round it).
    """
    if to:
        check_release(to)
    prefect_environment()
    who = whoami(by)
    with busy("starting Prefect"):
        from flows.rollback import rollback as flow
        from flows.waiting import REST_HERE
    REST_HERE.set(asyncio.sleep if wait or in_a_terminal() else None)
    parameters = {
        "application": application,
        "environment": environment,
        "to": to or "",
        "reason": reason,
        "requested_by": who,
    }
    result = run_flow(flow, parameters)
    report(result, as_json=as_json)
    return result.exit_code

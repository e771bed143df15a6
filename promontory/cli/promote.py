"""`promontory promote`: run the pipeline here."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import moves_argument, terms_options
from promontory.cli.running import busy, prefect_environment, report, run_flow
from promontory.cli.source import as_option, json_option, source_options, whoami

if TYPE_CHECKING:
    from flows.approval import Answer, Asker, Elsewhere, Look
    from flows.ready import Ready
    from promontory.approvals import ApprovalState


@click.command()
@moves_argument
@click.option("--to", default="all", metavar="ENVIRONMENT", help="How far (default: through every environment).")
@click.option(
    "--wait", is_flag=True, help="Without a terminal: wait for approvals and merges instead of ending with 3."
)
@terms_options
@as_option
@json_option
@source_options
def promote(
    moves: Mapping[str, str], to: str, *, wait: bool, terms: Mapping[str, object], by: str | None, as_json: bool
) -> int:
    """Promote RELEASE of APPLICATION, environment by environment, as far as --to.

    RELEASE is a version or a digest; latest is what the policy under `releases:` chooses, verified what is verified
    one environment earlier, and a range such as ">=1.2 <2" the newest release in it.

    Several applications, as APPLICATION=RELEASE each, move together: one plan, one approval, one push, and where one of
    them does not become healthy, all of them are taken back.

    Each environment is planned, tested, pushed and verified; one that does not become healthy is reverted by
    itself. Where an approval is wanted, it is asked for here; `promontory approve` elsewhere counts as well.
    Started again after whatever interrupted it, it goes on where it was.
    """
    (application, release), *others = moves.items()
    prefect_environment()
    who = whoami(by)
    with busy("starting Prefect"):
        from flows.approval import ASK_HERE
        from flows.promote import promote as flow
        from flows.waiting import REST_HERE
    ASK_HERE.set(asker(who, wait=wait))
    REST_HERE.set(asyncio.sleep if wait or in_a_terminal() else None)
    parameters = {
        "application": application,
        "release": release,
        "to": to,
        "requested_by": who,
        "also": dict(others),
        **terms,
    }
    result = run_flow(flow, parameters)
    report(result, as_json=as_json)
    return result.exit_code


def asker(who: str, *, wait: bool) -> Asker | None:
    """How to ask for an approval here: in the terminal, or by waiting for one that is given elsewhere."""
    from promontory.cli.asking import ask_in_terminal, wait_for_answer

    async def in_terminal(ready: Ready, state: ApprovalState, look: Look) -> Answer | Elsewhere | None:
        return await ask_in_terminal(ready, state, look, who)

    async def elsewhere(_: Ready, state: ApprovalState, look: Look) -> Elsewhere:
        return await wait_for_answer(state, look)

    if in_a_terminal():
        return in_terminal
    return elsewhere if wait else None


def in_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()

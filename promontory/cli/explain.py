"""`promontory explain`: why isn't it there yet, and why is this version here?"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import application_argument, complete_environment
from promontory.cli.printing import say, say_json, say_text
from promontory.cli.source import json_option, open_source, source_options
from promontory.errors import PromontoryError

if TYPE_CHECKING:
    from promontory.promotion.explaining.values import Explanation, RunState
    from promontory.promotion.workspace import Workspace


@click.command()
@application_argument
@click.argument("environment", required=False, default="", shell_complete=complete_environment)
@click.argument("release", required=False, default="")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=10.0, show_default=True, metavar="SECONDS")
@click.option("--offline", "--no-live", "offline", is_flag=True, help="Ask nobody but Git: no cluster, no server.")
@click.option("--markdown", is_flag=True, help="Print it as Markdown, for an issue or a chat.")
@json_option
@source_options
def explain(  # noqa: PLR0913 — as many as there are options
    application: str, environment: str, release: str, timeout: float, *, offline: bool, markdown: bool, as_json: bool
) -> None:
    """Say why RELEASE of APPLICATION is not in ENVIRONMENT yet, or why what is there is there.

    Without RELEASE: the newest that is on its way there, verified before it, or published. Without ENVIRONMENT:
    every one of the application, briefly.

    Gates, approvals and soaks are asked now, controllers have --timeout seconds altogether, and whatever cannot be
    asked is said. Nothing is changed anywhere. Exits with 0 where there is an answer.
    """
    from promontory.promotion.explaining.explain import Asked, everywhere
    from promontory.promotion.explaining.explain import explain as explained

    workspace = open_source()
    asked = Asked(source=not offline, clusters=not offline, seconds=timeout)
    several: tuple[Explanation, ...]
    if environment:
        several = (explained(workspace, application, environment, release, asked),)
    else:
        several = everywhere(workspace, application, asked)

    async def told() -> None:
        # Printed before the loop ends, which waits for threads that may be kept waiting themselves.
        seen = several if offline else await _live(workspace, several, timeout, quiet=as_json)
        _print(seen, whole=bool(environment), markdown=markdown, as_json=as_json)

    asyncio.run(told())


async def _live(
    workspace: Workspace, several: tuple[Explanation, ...], seconds: float, *, quiet: bool
) -> tuple[Explanation, ...]:
    """With what clusters, forge and Prefect say, all asked side by side."""
    from promontory.clusters import KubernetesObjects

    if not quiet:
        say((f"asking clusters and servers, {seconds:g} s at most …", "dim"), error=True)
    seen = replace(workspace, objects=KubernetesObjects(seconds))
    return tuple(await asyncio.gather(*(_looked(seen, each, seconds) for each in several)))


async def _looked(workspace: Workspace, seen: Explanation, seconds: float) -> Explanation:
    from promontory.promotion.explaining.explain import concluded
    from promontory.promotion.explaining.live import look

    place = workspace.config.place(seen.application, seen.environment)
    live, runs = await asyncio.gather(
        look(workspace, place, seen.in_force, seen.release, seconds), _runs(seen, seconds)
    )
    return concluded(seen.model_copy(update={"runs": runs}), live, asked=True)


async def _runs(seen: Explanation, seconds: float) -> tuple[RunState, ...]:
    """What a Prefect server knows of runs that are under way; nothing where none is configured, or it is away."""
    if seen.release is None or not os.environ.get("PREFECT_API_URL"):
        return ()
    from promontory.cli.prefect_runs import runs_under_way

    try:
        async with asyncio.timeout(seconds):
            return await runs_under_way(seen.application, seen.release)
    except (PromontoryError, TimeoutError):
        return ()


def _print(several: Sequence[Explanation], *, whole: bool, markdown: bool, as_json: bool) -> None:
    if as_json:
        documents = [seen.model_dump(mode="json") for seen in several]
        say_json(documents[0] if whole else documents)
    elif markdown:
        from promontory.promotion.explaining.report import explanation_report

        say_text("\n\n".join(explanation_report(seen) for seen in several) + "\n")
    else:
        from promontory.cli.explained import show, show_briefly

        if whole:
            show(several[0])
        else:
            show_briefly(several)

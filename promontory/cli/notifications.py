"""`promontory notifications`: who is told of what, and whether that works."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import complete_route
from promontory.cli.printing import say, say_json, say_table
from promontory.cli.source import json_option, open_source, source_options
from promontory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promontory.config import Route
    from promontory.promotion.workspace import Workspace


@click.command()
@click.option("--test", is_flag=True, help="Send a test message through each route, and say what became of it.")
@click.option("--route", "name", metavar="NAME", shell_complete=complete_route, help="Only this route.")
@json_option
@source_options
def notifications(*, test: bool, name: str | None, as_json: bool) -> int:
    """List who is told of what, and whether the variables that hold the addresses are set. Values are never shown.

    With --test every route gets a message that says it is a test; exits with 1 where one could not be sent.
    """
    workspace = open_source()
    routes = [route for route in workspace.config.notifications if name in (None, route.name)]
    if name and not routes:
        known = ", ".join(route.name for route in workspace.config.notifications) or "there are none"
        raise UsageError(f'no route "{name}"', f"the names are those of {workspace.config.file}: {known}")
    came = asyncio.run(_sent(workspace, routes)) if test else {}
    documents = [_document(route, came.get(route.name)) for route in routes]
    if as_json:
        say_json(documents)
    elif not routes:
        say(f"nobody is told of anything: {workspace.config.file} has no notifications:")
    elif test:
        for route in routes:
            _say(route, came[route.name])
    else:
        say_table(("Route", "Channel", "On", "Applications", "Environments", "Not set"), _rows(documents), {})
    return 1 if any(came.values()) else 0


async def _sent(workspace: Workspace, routes: Sequence[Route]) -> dict[str, str]:
    """Why a route's message was not sent, by its name; empty where it was."""
    from promontory.cli.telling import means
    from promontory.promotion.trying_out import try_out

    able = means(routes)
    whys = await asyncio.gather(*(try_out(workspace, route, able) for route in routes))
    return {route.name: why for route, why in zip(routes, whys, strict=True)}


def _say(route: Route, why: str) -> None:
    if why:
        say(("not sent: ", "red"), f"{route.name}: {why}", error=True)
    else:
        say(("sent: ", "green"), f"{route.name}: look whether it has arrived")


def _document(route: Route, why: str | None) -> dict[str, object]:
    from promontory.notifications.contract import Channel

    channel = route.to
    assert isinstance(channel, Channel)  # noqa: S101 — the vocabulary knows no other
    told = {} if why is None else {"sent": not why, "why": why}
    return {
        "route": route.name,
        "channel": channel.label,
        "on": list(route.on),
        "applications": list(route.applications),
        "environments": list(route.environments),
        "not_set": [name for name in channel.variables if not os.environ.get(name)],
        **told,
    }


def _rows(documents: Sequence[dict[str, object]]) -> list[list[str]]:
    """Patterns that were left out mean all, as they do with words."""
    shown = [{**each, **{key: each[key] or ["all"] for key in ("applications", "environments")}} for each in documents]
    return [
        [", ".join(value) if isinstance(value, list) else str(value) for value in document.values()]
        for document in shown
    ]

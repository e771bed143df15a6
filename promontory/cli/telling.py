"""What a command records is told, once the command has said what it has to say. Runs tell by themselves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from promontory.cli.prefect_api import api_url
from promontory.cli.printing import say

if TYPE_CHECKING:
    from promontory.config import Route
    from promontory.entry import Entry
    from promontory.notifications.contract import Means
    from promontory.promotion.untold import Promise
    from promontory.promotion.workspace import Workspace

# Somebody sits before it.
_PATIENCE = 15.0


def telling(workspace: Workspace) -> Workspace:
    """The same workspace, listened to for as long as the command runs."""
    context = click.get_current_context(silent=True)
    if context is None or not workspace.config.notifications:
        return workspace
    from promontory.promotion.untold import Promise

    heard: list[Sequence[Entry]] = []
    promise = Promise(tuple(route.name for route in _reached(workspace)))
    context.call_on_close(partial(_tell, workspace, heard, promise))
    return replace(workspace, heard=heard.append, promise=promise)


def _tell(workspace: Workspace, heard: Sequence[Sequence[Entry]], promise: Promise) -> None:
    if heard:
        asyncio.run(_deliver(_reachable(workspace), heard, promise))


async def _deliver(workspace: Workspace, heard: Sequence[Sequence[Entry]], promise: Promise) -> None:
    from promontory.promotion.keeping import keep, repeat_untold
    from promontory.promotion.telling import Teller

    teller = Teller(workspace, means(workspace.config.notifications))
    others = repeat_untold(workspace, teller, promise.teller)
    for entries in heard:
        teller.hear(entries)
    await teller.finish(_PATIENCE)
    promise.kept = promise.made
    keep(workspace, promise, others)


def means(routes: Sequence[Route]) -> Means:
    """Blocks only where a server is configured: to ask for one would start a server. Prefect is slow to import."""
    from promontory.notifications.contract import Means

    if not any(_is_block(route) for route in routes) or api_url() is None:
        return Means(os.environ)
    from tasks.notify import notify_block

    return Means(os.environ, notify_block)


def _reachable(workspace: Workspace) -> Workspace:
    """Without the routes that need a Prefect server, where none is configured here."""
    kept = _reached(workspace)
    if left := [route.name for route in workspace.config.notifications if route not in kept]:
        say(f"not told through {', '.join(left)}: no Prefect server is configured here", error=True)
    return replace(workspace, config=workspace.config.model_copy(update={"notifications": kept}))


def _reached(workspace: Workspace) -> tuple[Route, ...]:
    routes = workspace.config.notifications
    return routes if api_url() is not None else tuple(route for route in routes if not _is_block(route))


def _is_block(route: Route) -> bool:
    return route.to.kind == "prefect-block"

"""Whom a command lets go on by what it records is woken, once the command has said what it has to say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from promontory.cli.prefect_api import api_url, prefect_client
from promontory.cli.printing import say
from promontory.errors import PromontoryError

if TYPE_CHECKING:
    from promontory.entry import Entry
    from promontory.promotion.workspace import Workspace


def waking_next(workspace: Workspace) -> Workspace:
    """The same workspace, listened to for as long as the command runs."""
    context = click.get_current_context(silent=True)
    if context is None:
        return workspace
    recorded: list[Entry] = []

    def hear(entries: Sequence[Entry]) -> None:
        workspace.heard(entries)
        recorded.extend(entries)

    context.call_on_close(partial(_wake, workspace, recorded))
    return replace(workspace, heard=hear)


def _wake(workspace: Workspace, recorded: Sequence[Entry]) -> None:
    """Prefect is slow to import, and only needed where somebody waits."""
    if not recorded:
        return
    from promontory.promotion.next_in_line import next_in_line, places_after

    found = next_in_line(workspace, places_after(workspace, recorded))
    if found and api_url() is not None:
        try:
            asyncio.run(_wake_each(found))
        except PromontoryError as error:
            say(f"who is next looks by itself, later: {error.message}", error=True)


async def _wake_each(found: Sequence[Entry]) -> None:
    from tasks.waking import wake

    async with prefect_client() as client:
        for entry in found:
            if entry.run and (woken := await wake(client, entry.run)).status == "woken":
                what = f"{entry.application} {entry.release} for {entry.environment}"
                say(f"next in line: {what} ({entry.promotion}); {woken.told}", error=True)

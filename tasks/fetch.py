"""Fetch the repository and read the configuration: where every run begins."""

from __future__ import annotations

import asyncio

from promontory.promotion.location import open_workspace
from promontory.promotion.workspace import Actor, Workspace
from promontory.settings import read_settings
from tasks.running import step


@step("fetch")
async def fetch(actor: Actor) -> Workspace:
    return await asyncio.to_thread(open_workspace, read_settings(), actor)

"""Where an application is now, in every environment: the table that a run leaves behind."""

from __future__ import annotations

from promontory.promotion.views import StatusRow
from promontory.promotion.views import status as status_core
from tasks.artifacts import show_environments
from tasks.running import core, step


@step("environments")
async def environments(application: str) -> tuple[StatusRow, ...]:
    rows = tuple(row for row in await core(status_core) if row.application == application)
    show_environments(application, rows)
    return rows

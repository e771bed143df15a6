"""Where applications are now, in every environment: the table that a run leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.promotion.views import StatusRow
from promontory.promotion.views import status as status_core
from tasks.artifacts import show_environments
from tasks.running import core, step


@step("environments")
async def environments(applications: Sequence[str]) -> tuple[StatusRow, ...]:
    rows = tuple(row for row in await core(status_core) if row.application in applications)
    show_environments(applications[0], rows)
    return rows

"""`promontory status`: what runs where."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import optional_application
from promontory.cli.moments import since
from promontory.cli.printing import say_json, say_table
from promontory.cli.source import json_option, open_source, source_options
from promontory.cli.terminal import HEALTH_STYLES
from promontory.release import shown

if TYPE_CHECKING:
    from promontory.promotion.views import StatusRow


@click.command()
@optional_application
@json_option
@source_options
def status(application: str, *, as_json: bool) -> None:
    """Show which release every environment runs, since when, how it is, and what waits (of one APPLICATION).

    From Git and the ledger alone: no Prefect server is asked.
    """
    from promontory.promotion.views import status as rows_of

    workspace = open_source()
    if application:
        workspace.config.application(application)
    rows = [row for row in rows_of(workspace) if application in ("", row.application)]
    if as_json:
        say_json([row.model_dump(mode="json") for row in rows])
        return
    titles = ("Application", "Environment", "Release", "Since", "Health", "Waiting", "Held", "Problem")
    say_table(titles, [_cells(row, workspace.clock.now()) for row in rows], HEALTH_STYLES)


def _cells(row: StatusRow, now: datetime) -> tuple[str, ...]:
    return (
        row.application,
        row.environment,
        shown(row.release),
        since(row.since, now) if row.since else "",
        row.health,
        row.pending or "",
        ", ".join(map(shown, row.held)),
        row.problem,
    )

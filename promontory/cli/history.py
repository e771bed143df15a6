"""`promontory history`: what the ledger says, newest first."""

from __future__ import annotations

import json

import click

from promontory.cli.arguments import environment_option, optional_application
from promontory.cli.moments import local
from promontory.cli.printing import say_table
from promontory.cli.source import json_option, open_source, source_options
from promontory.cli.terminal import HEALTH_STYLES


@click.command()
@optional_application
@environment_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many entries, the newest.")
@json_option
@source_options
def history(application: str, environment: str, limit: int | None, *, as_json: bool) -> None:
    """Show what happened (to one APPLICATION): every plan, test, approval, push, verdict, revert and hold.

    Newest first; --json has each entry whole. From the ledger alone: no Prefect server is asked.
    """
    from promontory.cli.events import describe
    from promontory.promotion.views import history as entries_of

    entries = entries_of(open_source(), application, environment)[::-1][:limit]
    if as_json:
        documents = [entry.model_dump(mode="json", exclude_none=True) for entry in entries]
        click.echo(json.dumps(documents, indent=2, ensure_ascii=False))
        return
    if not entries:
        click.echo("nothing has happened yet")
        return
    rows = [
        (local(entry.at), entry.application, entry.environment, entry.kind, describe(entry), entry.by)
        for entry in entries
    ]
    styles = {**HEALTH_STYLES, "proposed": "cyan", "pushed": "cyan", "held": "magenta"}
    say_table(("When", "Application", "Environment", "Event", "What", "By"), rows, styles)

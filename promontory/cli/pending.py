"""`promontory pending`: the approvals, pull requests and gates that are waited for."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from promontory.cli.moments import since
from promontory.cli.printing import say, say_table
from promontory.cli.source import json_option, open_source, source_options
from promontory.release import shown

if TYPE_CHECKING:
    from promontory.promotion.waiting import Waiting


@click.command()
@json_option
@source_options
def pending(*, as_json: bool) -> None:
    """List the approvals, open pull requests and gates that are waited for: what, where, since when, and the digest."""
    from promontory.promotion.waiting import waiting

    workspace = open_source()
    requests = waiting(workspace)
    if as_json:
        documents = [request.model_dump(mode="json") for request in requests]
        click.echo(json.dumps(documents, indent=2, ensure_ascii=False))
        return
    if not requests:
        click.echo("no approval is waited for")
        return
    titles = (
        "Id",
        "Application",
        "Environment",
        "Release",
        "Since",
        "Digest",
        "Requested by",
        "Answers",
        "Pull request",
    )
    say_table(titles, [_cells(request, workspace.clock.now()) for request in requests], {})
    if not any(request.required for request in requests):
        return
    say("\nthe change:  ", ("promontory approve ID", "bold"), "  (shows it before it asks)")
    say("or:          ", ("promontory reject ID --reason TEXT", "bold"))


def _cells(request: Waiting, now: datetime) -> tuple[str, ...]:
    before = f"{shown(request.previous)} → " if request.previous else ""
    moved = before + shown(request.release)
    moved = ", with ".join([moved, *request.also])
    return (
        request.id,
        request.application,
        request.environment,
        moved,
        since(request.since, now),
        request.digest or "",
        request.requested_by,
        f"approved by {', '.join(request.approved_by)}; {request.state}" if request.approved_by else request.state,
        request.pull_request,
    )

"""`promontory pending`: the approvals, pull requests and gates that are waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from promontory.cli.moments import relative, since
from promontory.cli.printing import say, say_json, say_table
from promontory.cli.source import json_option, open_source, source_options
from promontory.escaping.plain import one_line
from promontory.release import shown

if TYPE_CHECKING:
    from promontory.promotion.waiting import Waiting


_GRANTED = "its run goes on by itself; where that has ended, promote it again"


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
        say_json(documents)
        return
    if not requests:
        say("no approval is waited for")
        return
    now = workspace.clock.now()
    titles = ("Id", "Application", "Environment", "Release", "Since", "State", "Pull request")
    say_table(titles, [_cells(request, now) for request in requests], {})
    for request in requests:
        _say_details(request, now)
    _say_commands([request for request in requests if request.required and request.status == "waiting"])


def _say_commands(asked: Sequence[Waiting]) -> None:
    """What to type where somebody's word is still wanted."""
    if not asked:
        return
    signed = " --sign" if all(request.signed for request in asked) else ""
    say("")
    say("the change:  ", (f"promontory approve ID{signed}", "bold"), "  (shows it before it asks)")
    say("or:          ", ("promontory reject ID --reason TEXT", "bold"))


def _say_details(request: Waiting, now: datetime) -> None:
    """What the table has no room for: whose word is there, whose is wanted, and what happens by itself."""
    lines = [
        *(("digest", digest) for digest in (request.digest,) if digest),
        ("asked by", request.requested_by),
        *(("careful", told) for told in (request.break_glass,) if told),
        *(("approved", f"{one.by} ({one.proof}, {since(one.at, now)}) {one.note}") for one in request.answers),
        *(("wanted", ", ".join(request.wanted)) for _ in request.wanted[:1]),
        *(("lapsed", f"{name}: what would be pushed has changed since") for name in request.lapsed),
        *(("expires", relative(moment, now)) for moment in (request.expires,) if moment),
        *(("reminders", told) for told in (_reminders(request, now),) if told),
        *(("next", _GRANTED) for _ in (request,) if request.required and request.status == "granted"),
    ]
    say("")
    say((request.id, "bold"))
    for what, told in lines:
        say((f"  {what:<10}", "dim"), one_line(told).strip())


def _reminders(request: Waiting, now: datetime) -> str:
    following = [f"next {relative(request.next_reminder, now)}"] if request.next_reminder else []
    before = [f"{request.reminded} so far"] if request.reminded else []
    return ", ".join([*following, *before])


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
        f"approved by {', '.join(request.approved_by)}; {request.state}" if request.approved_by else request.state,
        request.pull_request,
    )

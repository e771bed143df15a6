"""`promontory hold`: keep releases out of environments by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import (
    application_argument,
    environment_argument,
    environment_option,
    optional_application,
    release_argument,
)
from promontory.cli.moments import local, since
from promontory.cli.printing import say, say_json, say_table
from promontory.cli.source import as_option, json_option, open_source, source_options, whoami
from promontory.escaping.plain import one_line

if TYPE_CHECKING:
    from promontory.entry import Entry


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def hold() -> None:
    """List, add and lift holds: a held release may not enter the environment."""


@hold.command("list")
@optional_application
@environment_option
@json_option
@source_options
def list_(application: str, environment: str, *, as_json: bool) -> None:
    """List the holds in force (on one APPLICATION)."""
    from promontory.promotion.holding import holds

    workspace = open_source()
    found = holds(workspace, application, environment)
    if as_json:
        _echo([_document(entry) for entry in found])
        return
    if not found:
        say("nothing is held")
        return
    now = workspace.clock.now()
    rows = [(e.application, e.environment, e.release, since(e.at, now), e.by, e.reason) for e in found]
    say_table(("Application", "Environment", "Release", "Since", "By", "Why"), rows, {})


@hold.command()
@application_argument
@environment_argument
@release_argument
@click.option("--reason", required=True, metavar="TEXT", help="Why; shown to whoever is stopped by it.")
@as_option
@json_option
@source_options
def add(application: str, environment: str, release: str, reason: str, *, by: str | None, as_json: bool) -> None:
    """Hold RELEASE out of ENVIRONMENT until the hold is lifted. Nothing that runs is touched."""
    from promontory.promotion.holding import add_hold

    workspace = open_source(whoami(by))
    place = workspace.config.place(application, environment)
    entry, is_new = add_hold(workspace, place, release, reason)
    if as_json:
        _echo({**_document(entry), "new": is_new})
    elif is_new:
        say(("held: ", "magenta"), f"{release} of {place}")
    else:
        say(f"{release} of {place} is held already, since {local(entry.at)} by {one_line(entry.by)}: {entry.reason}")


@hold.command()
@application_argument
@environment_argument
@release_argument
@click.option("--reason", default="", metavar="TEXT", help="Why it may go in again.")
@as_option
@json_option
@source_options
def lift(application: str, environment: str, release: str, reason: str, *, by: str | None, as_json: bool) -> None:
    """Let RELEASE into ENVIRONMENT again."""
    from promontory.promotion.holding import lift_hold

    workspace = open_source(whoami(by))
    place = workspace.config.place(application, environment)
    entry = lift_hold(workspace, place, release, reason)
    if as_json:
        _echo({**(_document(entry) if entry else {}), "new": entry is not None})
    elif entry:
        say(("lifted: ", "green"), f"{release} of {place} may go in again")
    else:
        say(f"{release} of {place} is not held any more: its hold was lifted before")


def _document(entry: Entry) -> dict[str, object]:
    return entry.model_dump(mode="json", exclude_none=True)


def _echo(document: object) -> None:
    say_json(document)

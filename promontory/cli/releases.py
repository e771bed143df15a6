"""`promontory releases`: which releases there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import application_argument
from promontory.cli.printing import say, say_json, say_table
from promontory.cli.source import json_option, open_source, source_options

if TYPE_CHECKING:
    from promontory.promotion.listing import Listed, Listing


@click.command()
@application_argument
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="How many; 0 lists all.")
@json_option
@source_options
def releases(application: str, *, limit: int, as_json: bool) -> None:
    """List the releases of APPLICATION, the newest first, and which environments run them.

    They come from where `releases:` in promontory.yaml says: Git tags, a container registry, or the environments
    themselves. The one that is marked latest is what `promontory promote APPLICATION latest` takes.
    """
    from promontory.promotion.listing import list_releases

    listing = list_releases(open_source(), application, limit)
    if as_json:
        say_json(listing.model_dump(mode="json"))
    else:
        _show(listing)


def _show(listing: Listing) -> None:
    say((listing.application, "bold"), f"   from {listing.source}, latest by {listing.rule}")
    if listing.releases:
        say("")
        rows = [(each.release, _mark(each), ", ".join(each.environments)) for each in listing.releases]
        say_table(("Release", "Policy", "Runs in"), rows, {"latest": "green", "outside": "dim"})
    else:
        say("no releases yet")
    if (left := listing.total - len(listing.releases)) > 0:
        say((f"and {left} more: --limit 0 lists them all", "dim"))
    for environment, release in listing.elsewhere.items():
        say(f"{environment} runs {release}, which is not among them", error=True)


def _mark(each: Listed) -> str:
    if each.latest:
        return "latest"
    return "" if each.accepted else "outside"

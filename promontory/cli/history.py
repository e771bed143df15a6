"""`promontory history`: what the ledger says, newest first; only what is shown is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import complete_kind, environment_option, optional_application
from promontory.cli.moments import local
from promontory.cli.printing import say, say_json, say_table
from promontory.cli.source import json_option, open_source, source_options
from promontory.cli.terminal import HEALTH_STYLES

if TYPE_CHECKING:
    from promontory.entry import Entry

_SHOWN = 50


def _since(_context: click.Context, _parameter: click.Parameter, since: str | None) -> datetime | None:
    """``7d``, or a date or time as ISO 8601 has them; on this machine's clock, as what is shown, without an offset."""
    from promontory.options import parse_duration

    if since is None:
        return None
    try:
        return datetime.now(UTC) - parse_duration(since)
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(since).astimezone()
    except (ValueError, OverflowError):
        raise click.BadParameter("write how long ago (7d, 12h) or a date (2026-11-27)") from None


def _kinds(_context: click.Context, _parameter: click.Parameter, kinds: Sequence[str]) -> Sequence[str]:
    from promontory.entry import KINDS

    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(KINDS)}")
    return kinds


@click.command()
@optional_application
@environment_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    callback=_kinds,
    shell_complete=complete_kind,
    help="Only pushed, approved, …; again.",
)
@click.option("--promotion", default="", metavar="ID", help="Only this promotion; the first digits will do.")
@click.option("--since", metavar="WHEN", callback=_since, help="Only since then: 7d, 12h, or 2026-11-27.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"At most so many entries (default: {_SHOWN}).")
@click.option("--all", "everything", is_flag=True, help="Without a limit.")
@json_option
@source_options
def history(  # noqa: PLR0913 — one filter each
    application: str,
    environment: str,
    *,
    kinds: Sequence[str],
    promotion: str,
    since: datetime | None,
    limit: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show what happened (to one APPLICATION): every plan, test, approval, push, verdict, revert and hold.

    Newest first, 50 at a time; --json has each entry whole. From the ledger alone: no Prefect server is asked.
    """
    from promontory.ledger import Wanted, moment_of
    from promontory.promotion.views import history as entries_of

    wanted = Wanted(kinds, since=moment_of(since) if since else "", beginning=promotion)
    most = limit or (None if everything else _SHOWN)
    found = entries_of(open_source(), application, environment, wanted)
    entries = list(islice(found, most))
    if as_json:
        documents = [entry.model_dump(mode="json", exclude_none=True) for entry in entries]
        say_json(documents)
        return
    if not entries:
        say(
            "nothing has happened yet"
            if not (kinds or promotion or since or application or environment)
            else "nothing of that has happened"
        )
        return
    _show(entries)
    if not limit and next(found, None):
        say(f"the newest {len(entries)}; --all shows everything", error=True)


def _show(entries: Sequence[Entry]) -> None:
    from promontory.cli.events import describe

    rows = [
        (local(entry.at), entry.application, entry.environment, entry.promotion, entry.kind, describe(entry), entry.by)
        for entry in entries
    ]
    styles = {**HEALTH_STYLES, "proposed": "cyan", "pushed": "cyan", "held": "magenta"}
    say_table(("When", "Application", "Environment", "Promotion", "Event", "What", "By"), rows, styles)

"""`promontory windows`: when a release may come, by our own windows and by Argo CD's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from promontory.cli.argocd_windows import ArgocdQuestion, argocd_options, foretell
from promontory.cli.arguments import complete_application, complete_environment
from promontory.cli.printing import Part, say, say_columns, say_json
from promontory.cli.source import json_option, open_source, source_options
from promontory.cli.times import both_clocks, read_time

if TYPE_CHECKING:
    from promontory.promotion.window_views import PlaceWindows, WindowRow

_KINDS = {"allow": "green", "deny": "red"}


@dataclass(frozen=True)
class _Question:
    """What is asked about our own windows; ``count`` openings are shown."""

    environment: str
    application: str
    at: datetime
    count: int
    unattended: bool


@click.command()
@click.argument("environment", required=False, default="", shell_complete=complete_environment)
@click.option(
    "--application",
    metavar="NAME",
    default="",
    shell_complete=complete_application,
    help="Only this one; with --argocd the Application, as Argo CD calls it.",
)
@click.option("--at", metavar="TIME", callback=read_time, help="As of then, on this machine's clock (default: now).")
@click.option("--next", "count", metavar="N", type=click.IntRange(0, 1000), default=0, help="Also the next N openings.")
@click.option("--unattended", is_flag=True, help="As for what is automatic: windows with manual do not let it through.")
@click.option("--check", is_flag=True, help="Exit with 3 where something that is shown is closed.")
@argocd_options
@json_option
@source_options
def windows(at: datetime | None, *, argocd: ArgocdQuestion, check: bool, as_json: bool, **asked: Any) -> int:
    """Show the windows (of one ENVIRONMENT), whether they are open, and when that changes.

    Decided is what a human promotes. What Argo CD would do is foretold by its own rules, for windows of kind argocd
    and with --argocd FILE; that one needs no repository, and exits with 3 where Argo CD would not sync.
    """
    moment = at or datetime.now(UTC)
    if argocd.file is not None:
        return foretell(argocd, asked["application"], moment, as_json=as_json)
    seen = _look(_Question(at=moment, **asked))
    if as_json:
        documents = [each.model_dump(mode="json") for each in seen]
        say_json({"at": moment.isoformat(), "environments": documents})
    else:
        _show(seen, moment)
    return 3 if check and not all(each.lets_through for each in seen) else 0


def _look(asked: _Question) -> Sequence[PlaceWindows]:
    """The repository is only opened where an AppProject has to be read."""
    from promontory.config import argocd_windows
    from promontory.promotion.location import find_config
    from promontory.promotion.sync_windows import governed
    from promontory.promotion.window_views import Asked, overview, places_of
    from promontory.settings import read_settings

    config = find_config(read_settings())
    places = places_of(config, asked.environment, asked.application)
    about_argocd = any(argocd_windows(config, place) for place in places)
    workspace = open_source() if about_argocd else None
    question = Asked(asked.at, asked.unattended, asked.count)
    return overview(config, places, question, lambda place: governed(workspace, place) if workspace else ())


def _show(seen: Sequence[PlaceWindows], at: datetime) -> None:
    say(f"at {both_clocks(at)}")
    several = {each.environment for each in seen if [it.environment for it in seen].count(each.environment) > 1}
    for each in seen:
        say("")
        _show_decision(each, at, named=each.environment in several)
        if each.windows:
            say_columns([row for window in each.windows for row in _rows(window, at)])
        _show_openings(each, at)


def _rows(window: WindowRow, at: datetime) -> Iterator[Sequence[Part]]:
    """What it is, and below it when that changes: a table of all that would be wider than a terminal."""
    what = f"{window.description}: {window.when}" if window.description else window.when
    schedule = f" ({window.schedule})" if window.schedule else ""
    now: Part = ("active", "bold") if window.active else ("inactive", "dim")
    yield (window.kind, _KINDS.get(window.kind, "")), now, f"{what}{schedule}"
    facts = [
        _edge(window, at),
        f"only {', '.join(window.applications)}" if window.applications else "",
        "humans pass" if window.manual else "",
        f"ask {window.owner}" if window.owner else "",
    ]
    if told := "; ".join(fact for fact in facts if fact):
        yield "", "", (told, "dim")


def _edge(window: WindowRow, at: datetime) -> str:
    """``begins 2026-11-24 02:00 Europe/Berlin (01:00 UTC), in 12 h``."""
    from promontory.windows.wording import clock_time, in_time

    if window.changes is None:
        return ""
    shown = clock_time(window.changes, window.timezone)
    utc = f"{window.changes:%Y-%m-%d %H:%M}"
    same_day = shown.startswith(utc[:10])
    also = "" if shown.endswith(" UTC") else f" ({utc[11:] if same_day else utc} UTC)"
    return f"{'ends' if window.active else 'begins'} {shown}{also}, {in_time(window.changes, at)}"


def _show_decision(each: PlaceWindows, at: datetime, *, named: bool) -> None:
    of = f" ({', '.join(each.applications)})" if named else ""
    word, _, more = each.told.partition(";")
    say((f"{each.environment}{of}: ", "bold"), (word, "green" if each.open else "red"), f";{more}" if more else "")
    owner = f" ({each.owner})" if each.owner else ""
    for line in filter(None, (f"{each.reason}{owner}" if each.reason else "", each.otherwise)):
        say(f"  {line}")
    _show_argocd(each, at)


def _show_argocd(each: PlaceWindows, at: datetime) -> None:
    from promontory.windows.argocd.telling import told_row

    for row in each.argocd:
        verdict = told_row(row.allowed, row.because, row.changes, row.timezone, at)
        say(f"  Argo CD, {row.application}: ", (verdict, "green" if row.allowed else "red"))
        for warning in row.warnings:
            say(("warning: ", "yellow"), warning, error=True)


def _show_openings(each: PlaceWindows, at: datetime) -> None:
    from promontory.windows import in_time
    from promontory.windows.wording import clock_time

    for opening in each.openings:
        start = f"opens {clock_time(opening.start, opening.timezone)}" if opening.start else "is open now"
        end = f"closes {clock_time(opening.end, opening.timezone)}" if opening.end else "does not close"
        when = f", {in_time(opening.start, at)}" if opening.start else ""
        say(f"  {start}{when}; {end}")

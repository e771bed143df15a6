"""`promontory audit`: prove that the record is whole, and show it to whoever has to know."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from promontory.cli.printing import say, say_json
from promontory.cli.source import json_option, open_source, source_options
from promontory.escaping.plain import one_line

if TYPE_CHECKING:
    from promontory.promotion.auditing import Told

# Not 1, which is anything unexpected: who is woken by this has to know that the record itself is in doubt.
UNSOUND = 6
_EXPECTED = re.compile(r"(?:\d{1,16}:)?sha256:[0-9a-f]{64}")

offline_option = click.option("--offline", is_flag=True, help="From the mirror alone; nothing is fetched.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def audit() -> None:
    """Verify the whole record, and show who approved exactly what."""


def _expected(_context: click.Context, _parameter: click.Parameter, expected: str) -> str:
    if expected and not _EXPECTED.fullmatch(expected):
        raise click.BadParameter("write what `promontory audit head` printed: NUMBER:sha256:… or sha256:…")
    return expected


@audit.command()
@click.option("--expect", default="", metavar="HASH", callback=_expected, help="Fail where this is not in the chain.")
@offline_option
@json_option
@source_options
def verify(*, expect: str, offline: bool, as_json: bool) -> int:
    """Look for entries that were edited, removed, added by hand or reordered.

    Every file of the ledger, every commit that wrote one, every commit that a promotion made, and every signature. Exit
    code 0: the record is sound; 6: it is not, and each finding says which entry, what is wrong, and what it means.
    """
    from promontory.promotion.auditing import audit as audited

    workspace = open_source(offline=offline)
    with _progress() as told:
        found = audited(workspace, expect, offline=offline, told=told)
    if as_json:
        say_json({**found.model_dump(mode="json"), "sound": found.sound})
        return 0 if found.sound else UNSOUND
    for finding in found.findings:
        say(("wrong: ", "bold red") if finding.certain else ("look: ", "yellow"), one_line(finding.problem))
    if not found.sound:
        wrong = sum(finding.certain for finding in found.findings)
        say(f"the record is not sound: {wrong} of {found.entries} entries and commits are wrong", error=True)
        return UNSOUND
    say(("sound: ", "green"), f"{found.entries} entries", f", up to {found.head}" if found.head else "")
    return 0


@audit.command()
@offline_option
@json_option
@source_options
def head(*, offline: bool, as_json: bool) -> None:
    """Print the number and the hash of the last entry, to be kept elsewhere for `verify --expect`."""
    from promontory.promotion.auditing import head_of

    link = head_of(open_source(offline=offline))
    if as_json:
        say_json(link.model_dump())
    else:
        say(link.named)


@audit.command()
@offline_option
@source_options
def export(*, offline: bool) -> None:
    """Print the whole chain as JSON Lines: path, hash and content of each entry, in the order of their numbers."""
    from promontory.promotion.exporting import exported

    for line in exported(open_source(offline=offline)):
        say(line)


@audit.command()
@click.argument("promotion")
@offline_option
@json_option
@source_options
def show(promotion: str, *, offline: bool, as_json: bool) -> None:
    """Tell the whole story of one PROMOTION (the first digits of its id will do), as Markdown.

    What was asked for, with its diff and digest; who answered and on what proof; gates, tests, the push, the verdict
    with what it rests on, and what was taken back.
    """
    from promontory.promotion.trail import entries_of, trail

    entries = entries_of(open_source(offline=offline), promotion)
    if as_json:
        say_json([entry.model_dump(mode="json", exclude_none=True) for entry in entries])
        return
    for line in trail(entries):
        say(line)


@contextmanager
def _progress() -> Iterator[Told | None]:
    """On a terminal, how far it is; elsewhere nothing, or logs would be full of it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import Progress

    from promontory.cli.terminal import stderr

    with Progress(console=stderr(), transient=True) as progress:
        task = progress.add_task("entries", total=None)
        yield lambda read, of: progress.update(task, completed=read, total=of)

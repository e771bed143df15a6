"""All output of commands: tables, lines, diffs and documents, in colour on a terminal, plain and never cut elsewhere.

What is shown may come from outside (a note, a diff, a server's answer), and goes through `escaping` on its way, into a
pipe as on a terminal: a log in CI ends on somebody's terminal, too. Nothing else in the core writes to these streams
(ruff refuses `click.echo` elsewhere).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from promontory.cli.terminal import stderr, stdout
from promontory.escaping.json_text import json_text
from promontory.escaping.plain import in_line, indented, one_line, printable

if TYPE_CHECKING:
    from rich.console import Console

Part = str | tuple[str, str]
_DIFF_STYLES = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


def say(*parts: Part, error: bool = False) -> None:
    """One line made of ``text`` and ``(text, style)`` parts; whatever they hold, it stays one."""
    _put([part if isinstance(part, str) else part[0] for part in parts], parts, error=error)


def say_message(label: Part, text: str, *, error: bool = True) -> None:
    """A message with its remedy: several lines, of which only the first begins at the margin."""
    name = label if isinstance(label, str) else label[0]
    _put([name, indented(text)], [label, text], error=error, lines=True)


def say_text(text: str, *, error: bool = False) -> None:
    """Several lines, as they are, without an end of their own: a page, a manifest, what is to be signed."""
    click.echo(printable(text), nl=False, err=error)


def say_json(document: object, *, indent: int | None = 2) -> None:
    """One document for programs; on one line where ``indent`` is None."""
    click.echo(json_text(document, indent=indent))


def say_diff(diff: str, indent: str = "", *, error: bool = False) -> None:
    """A unified diff, as it is or coloured."""
    for line in diff.rstrip("\n").split("\n"):
        style = next((style for prefix, style in _DIFF_STYLES.items() if line.startswith(prefix)), "")
        say(indent, (line, style), error=error)


def say_table(titles: Sequence[str], rows: Sequence[Sequence[str]], styles: Mapping[str, str]) -> None:
    """Columns with titles; a cell that is a key of ``styles`` gets that style. Empty columns are left out."""
    kept = [index for index, _ in enumerate(titles) if any(row[index] for row in rows)]
    shown = [[one_line(row[index]) or "—" for index in kept] for row in rows]
    titles = [titles[index] for index in kept]
    if sys.stdout.isatty():
        _rich_table(titles, shown, styles)
        return
    widths = [max(len(cell) for cell in column) for column in zip(titles, *shown, strict=True)]
    for cells in ([title.upper() for title in titles], *shown):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def say_columns(rows: Sequence[Sequence[Part]], indent: str = "  ") -> None:
    """Columns without titles, the last of which is text: on a terminal it is wrapped below itself."""
    plain = [[one_line(part if isinstance(part, str) else part[0]) for part in row] for row in rows]
    if sys.stdout.isatty():
        _rich_columns(rows, plain, indent)
        return
    widths = [max(len(cell) for cell in column) for column in zip(*plain, strict=True)]
    for cells in plain:
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo(f"{indent}{line}".rstrip())


def _put(texts: Sequence[str], parts: Sequence[Part], *, error: bool, lines: bool = False) -> None:
    shown = [printable(text) if lines else in_line(text) for text in texts]
    console = _console(error=error)
    if console is None:
        click.echo("".join(shown), err=error)
        return
    from rich.text import Text

    styles = ["" if isinstance(part, str) else part[1] for part in parts]
    console.print(Text.assemble(*zip(shown, styles, strict=True)), soft_wrap=True)


def _console(*, error: bool) -> Console | None:
    """Where colours are seen; None for a pipe."""
    stream = sys.stderr if error else sys.stdout
    return (stderr() if error else stdout()) if stream.isatty() else None


def _rich_table(titles: Sequence[str], rows: Sequence[Sequence[str]], styles: Mapping[str, str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, styles.get(cell, "")) for cell in row))
    stdout().print(table)


def _rich_columns(rows: Sequence[Sequence[Part]], plain: Sequence[Sequence[str]], indent: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=max(len(indent) - 2, 0), min_width=0)
    for number, _ in enumerate(rows[0] if rows else ()):
        table.add_column(overflow="fold", no_wrap=number == 0)
    for row, cells in zip(rows, plain, strict=True):
        styles = ["" if isinstance(part, str) else part[1] for part in row]
        table.add_row("", *(Text(cell, style) for cell, style in zip(cells, styles, strict=True)))
    stdout().print(table)

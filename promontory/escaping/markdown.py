"""Markdown: what comes from outside is text, fenced or in a code span, and never markup.

The dialect is that of GitHub, GitLab, Gitea and the Prefect UI: CommonMark with tables and strikethrough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from promontory.escaping.plain import one_line, printable

_MARKUP = re.compile(r"([\\`|<>\[\]*_~&])")
# Where a paragraph begins: a heading, an item of a list, a rule, the underline of a heading.
_AT_THE_START = re.compile(r"^(?:(#{1,6}(?=\s|$)|[+-](?=\s|$)|[=-](?=[=-]*$))|(\d{1,9})([.)](?=\s|$)))")
_TICKS = re.compile("`+")


class Markup(str):
    """Text of ours that is Markdown already, and must not be escaped."""

    __slots__ = ()


def cell(text: str) -> str:
    """One line of text, for a paragraph, a heading or a table."""
    line = _MARKUP.sub(r"\\\1", one_line(text))
    return _AT_THE_START.sub(lambda start: f"\\{start[1]}" if start[1] else f"{start[2]}\\{start[3]}", line)


def code(text: str) -> Markup:
    """A code span on one line, whatever is in it; fit for tables."""
    line = one_line(text).replace("|", "\\|")
    if not line:
        return Markup("—")
    ticks = "`" * (max(map(len, _TICKS.findall(line)), default=0) + 1)
    # A blank on each side is not shown, and keeps backticks at the ends from being part of the fence.
    return Markup(f"{ticks} {line} {ticks}" if "`" in line else f"`{line}`")


def bold(text: str) -> Markup:
    return Markup(f"**{cell(text)}**")


def link(url: str) -> Markup:
    """A link that shows where it leads; nothing where something in it would end it, or it is none for a browser."""
    safe = url.startswith(("https://", "http://")) and url.isprintable() and not set(url) & set("<> \\`|[]()\"'")
    return Markup(f"<{url}>" if safe else "")


def named_link(name: str, url: str) -> Markup:
    """``name``, which leads to ``url`` where that is a link."""
    return Markup(f"[{cell(name)}]({url})" if link(url) else "")


def fence(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks inside."""
    shown = printable(text).rstrip()
    ticks = "`" * max(3, max(map(len, _TICKS.findall(shown)), default=0) + 1)
    return f"{ticks}{language}\n{shown}\n{ticks}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(_intable(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _intable(value: str) -> str:
    return value if isinstance(value, Markup) else cell(value)

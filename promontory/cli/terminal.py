"""What people see in a terminal. Progress and messages go to stderr; stdout is for results.

Colours follow the terminal and ``NO_COLOR``; rich sees to both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from promontory.escaping.plain import indented, printable

if TYPE_CHECKING:
    from rich.console import Console

HEALTH_STYLES = {
    "healthy": "green",
    "verified": "green",
    "skipped": "dim",
    "deployed": "green",
    "asked": "yellow",
    "waiting": "yellow",
    "verifying": "yellow",
    "soaking": "yellow",
    "stopped": "dim",
    "not verified": "dim",
    "unknown": "yellow",
    "closed": "red",
    "rejected": "red",
    "expired": "red",
    "tests-failed": "red",
    "unhealthy": "red",
    "reverted": "magenta",
    "reverting": "bold red",
    "kept": "bold red",
    "revert-failed": "bold red",
    "failed": "bold red",
}
_LEVEL_STYLES = {logging.WARNING: "magenta", logging.ERROR: "red", logging.CRITICAL: "bold red"}


@cache
def stderr() -> Console:
    return _console(stderr=True, soft_wrap=True)


@cache
def stdout() -> Console:
    return _console()


def _console(**options: Any) -> Console:
    """Text is text: no markup, no names of emoji, and whatever is drawn, nothing in it that cannot be seen."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class Plain(Console):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                text, style, control = segment
                yield segment if control or text.isprintable() else Segment(printable(text), style)

    return Plain(highlight=False, markup=False, emoji=False, **options)


class Narrator(logging.Handler):
    """The core's log as progress: ``12:04:31  staging  pushed 3f2c1ab: web-app v1.2.0 → v1.3.0``."""

    def emit(self, record: logging.LogRecord) -> None:
        from rich.text import Text

        where, separator, what = indented(record.getMessage()).partition(": ")
        if not separator:
            where, what = "", where
        line = Text(f"{self.formatTime(record)}  ", style="dim")
        line.append(f"{where:<19}", style="cyan").append(what, style=_LEVEL_STYLES.get(record.levelno, ""))
        stderr().print(line)

    @staticmethod
    def formatTime(record: logging.LogRecord) -> str:  # noqa: N802 — logging's own name for it
        return logging.Formatter().formatTime(record, "%H:%M:%S")

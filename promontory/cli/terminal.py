"""What people see in a terminal. Progress and messages go to stderr; stdout is for results.

Colours follow the terminal and ``NO_COLOR``; rich sees to both.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

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
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


@cache
def stdout() -> Console:
    from rich.console import Console

    return Console(highlight=False)


class Narrator(logging.Handler):
    """The core's log as progress: ``12:04:31  staging  pushed 3f2c1ab: web-app v1.2.0 → v1.3.0``."""

    def emit(self, record: logging.LogRecord) -> None:
        from rich.text import Text

        where, separator, what = record.getMessage().partition(": ")
        if not separator:
            where, what = "", where
        line = Text(f"{self.formatTime(record)}  ", style="dim")
        line.append(f"{where:<19}", style="cyan").append(what, style=_LEVEL_STYLES.get(record.levelno, ""))
        stderr().print(line)

    @staticmethod
    def formatTime(record: logging.LogRecord) -> str:  # noqa: N802 — logging's own name for it
        return logging.Formatter().formatTime(record, "%H:%M:%S")

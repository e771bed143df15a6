"""When a release may come: windows in words."""

from __future__ import annotations

from promontory.config import Config
from promontory.config.windows import CalendarWindow
from promontory.promotion.reports import cell
from promontory.runbook.words import bold, code, listed
from promontory.windows import when_in_words
from promontory.windows.window import fits


def windows_of(config: Config, environment: str) -> list[str]:
    """One sentence for each window that the environment has to keep to, those of all environments first."""
    written = (*config.windows, *config.environments[environment].windows)
    ours = [each for each in written if isinstance(each, CalendarWindow)]
    return [_window(each) for each in ours if not each.environments or fits(environment, each.environments)]


def _window(window: CalendarWindow) -> str:
    rule = "**only**" if window.kind == "allow" else "**never**"
    name = f"{cell(window.description)}: " if window.description else ""
    concerned = f"; for {listed(code(glob) for glob in window.applications)} only" if window.applications else ""
    human = "; what a human promotes is let through" if window.manual else ""
    owner = f"; ask {bold(window.owner)}" if window.owner else ""
    return f"{name}{rule} {cell(when_in_words(window.window))}{concerned}{human}{owner}"

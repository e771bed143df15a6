"""When a release may come: windows in words."""

from __future__ import annotations

from promontory.config import Config
from promontory.config.windows import ArgocdWindow, CalendarWindow
from promontory.escaping.markdown import bold, cell, code
from promontory.runbook.words import listed
from promontory.windows import when_in_words
from promontory.windows.window import fits


def windows_of(config: Config, environment: str) -> list[str]:
    """One sentence for each window that the environment has to keep to, those of all environments first."""
    written = (*config.windows, *config.environments[environment].windows)
    ours = [each for each in written if isinstance(each, CalendarWindow | ArgocdWindow)]
    concerned = [each for each in ours if fits(environment, each.environments)]
    return [_window(each) if isinstance(each, CalendarWindow) else _sync_window(each) for each in concerned]


def _sync_window(window: ArgocdWindow) -> str:
    what = window.application or window.selector or ""
    where = f" in {code(window.project)}" if window.project else ""
    return (
        f"**only** when Argo CD would sync {code(what)}, by the sync windows of its project{where}{_concerned(window)}"
    )


def _concerned(window: CalendarWindow | ArgocdWindow) -> str:
    return f"; for {listed(code(glob) for glob in window.applications)} only" if window.applications else ""


def _window(window: CalendarWindow) -> str:
    rule = "**only**" if window.kind == "allow" else "**never**"
    name = f"{cell(window.description)}: " if window.description else ""
    human = "; what a human promotes is let through" if window.manual else ""
    owner = f"; ask {bold(window.owner)}" if window.owner else ""
    return f"{name}{rule} {cell(when_in_words(window.window))}{_concerned(window)}{human}{owner}"

"""Who is told of what."""

from __future__ import annotations

from promontory.config import Config
from promontory.config.notifications import Route
from promontory.escaping.markdown import Markup, bold, code, table
from promontory.runbook.words import listed


def routes(config: Config) -> str:
    """A table of the routes; a sentence where there are none."""
    if not config.notifications:
        return (
            "Nobody is told: `notifications:` in `promontory.yaml` says who should be. Prefect has every event all the "
            "same, for automations."
        )
    rows = [_row(route) for route in config.notifications]
    return table(("Channel", "Is told of", "Applications", "Environments"), rows)


def _row(route: Route) -> tuple[str, ...]:
    patterns = (route.applications, route.environments)
    where = (Markup(listed(map(code, globs))) if globs else "all" for globs in patterns)
    return (Markup(f"{bold(route.name)} ({code(route.to.kind)})"), listed(route.on), *where)

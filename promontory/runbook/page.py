"""The whole page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from promontory.checks.contract import Check
from promontory.config import Application, Config
from promontory.escaping.markdown import Markup, bold, cell, code, table
from promontory.releases.contract import ReleaseSource
from promontory.runbook.going_back import going_back
from promontory.runbook.graph import pipeline_graph
from promontory.runbook.telling import routes
from promontory.runbook.way_in import facts, steps
from promontory.runbook.words import listed
from promontory.suites.contract import Suite

_HEAD = """\
<!-- Written by `promontory runbook` from promontory.yaml. Change that file, then write this one anew. -->
# How releases are promoted"""


def runbook(config: Config) -> str:
    """The process that ``config`` describes, as one Markdown page; the same configuration gives the same page."""
    parts = [
        _HEAD,
        "A release moves from environment to environment through commits in the GitOps repository. What may move, when "
        "and on whose word, follows from `promontory.yaml`; this page says it in words.",
        pipeline_graph(config),
        "## Applications",
        _applications(config),
        "## From environment to environment",
        f"{code('promontory promote APPLICATION RELEASE')} takes a release as far as it may go, "
        f"{code('promontory plan APPLICATION RELEASE --to ENVIRONMENT')} shows what would be pushed, and "
        f"{code('promontory status')} where everything is.",
        *(part for name in config.pipeline().hops() for part in _environment(config, name)),
        "## Going back",
        *going_back(config),
        "## Who is told",
        routes(config),
        "## Whom to call",
        _contacts(config),
    ]
    return "\n\n".join(parts) + "\n"


def _applications(config: Config) -> str:
    rows = [_application(config, name, application) for name, application in config.applications.items()]
    return table(("Application", "What it is", "Its release stands in", "Releases come from", "Runs in"), rows)


def _application(config: Config, name: str, application: Application) -> tuple[str, ...]:
    source = cast("ReleaseSource | None", application.releases)
    hops = config.pipeline(name).hops()
    everywhere = len(hops) == len(config.environments)
    return (
        bold(name),
        application.description or "—",
        _where(application),
        f"{source.label} (the latest: {source.rule})" if source else "wherever they are made",
        "all environments" if everywhere else Markup(listed(map(cell, hops))),
    )


def _where(application: Application) -> Markup:
    """The strategy's kind, and the first of its options that says where."""
    options = application.strategy
    place = next((str(options[key]) for key in ("file", "path", "branch", "tag") if options.get(key)), "")
    return Markup(f"{cell(str(options['kind']))} {code(place)}" if place else cell(str(options["kind"])))


def _environment(config: Config, name: str) -> Iterator[str]:
    environment = config.environments[name]
    yield f"### {name}"
    yield from facts(config, name)
    suites, checks = cast("tuple[Suite, ...]", environment.test), cast("tuple[Check, ...]", environment.verify)
    way = steps(config, name, suites, checks)
    yield "\n".join(f"{number}. {step}" for number, step in enumerate(way, 1))


def _contacts(config: Config) -> str:
    groups = (("environment", config.environments), ("application", config.applications))
    rows = [
        (Markup(f"the {what} {bold(name)}"), it.owner)
        for what, group in groups
        for name, it in group.items()
        if it.owner
    ]
    if not rows:
        return "Nobody is named: `owner:` of an environment or an application in `promontory.yaml` says whom to call."
    return table(("About", "Whom to call"), rows)

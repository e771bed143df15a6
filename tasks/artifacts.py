"""What a run leaves to look at in the Prefect UI, as Markdown: suites, plan, verdict, environment table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prefect.artifacts import acreate_markdown_artifact

from promontory.model import GateState, Plan, SuiteResult, Verdict
from promontory.promotion.reports import plan_report, status_report, suites_report, verdict_report
from promontory.promotion.values import Hop
from promontory.promotion.views import StatusRow
from promontory.record import Entry


async def show_suites(hop: Hop, results: Sequence[SuiteResult]) -> None:
    if results:
        await _show("test", hop.application, hop.environment, suites_report(results), f"Suites for {hop.release}")


async def show_plan(hop: Hop, plan: Plan, gates: Sequence[GateState]) -> None:
    description = f"Plan: {hop.application} {hop.release} to {hop.environment}"
    await _show("plan", hop.application, hop.environment, plan_report(plan, gates), description)


async def show_verdict(hop: Hop, entry: Entry, verdict: Verdict) -> None:
    description = f"Verdict: {hop.application} {entry.in_force} in {hop.environment} is {verdict.health.value}"
    await _show("verdict", hop.application, hop.environment, verdict_report(entry, verdict), description)


async def show_environments(application: str, rows: Sequence[StatusRow]) -> None:
    await _show("environments", application, "", status_report(rows), f"Where {application} is now")


async def _show(what: str, application: str, environment: str, markdown: str, description: str) -> None:
    """Prefect's keys are lower-case letters, digits and dashes; so are the names in promontory.yaml."""
    key = re.sub(r"[^a-z0-9]+", "-", f"{what}-{application}-{environment}".lower()).strip("-")
    await acreate_markdown_artifact(key=key, markdown=markdown, description=description)

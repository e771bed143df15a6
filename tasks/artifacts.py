"""What a run leaves to look at in the Prefect UI, as Markdown: suites, plan, verdict, environment table.

Artifacts are delivered beside the work: a promotion neither waits for one nor fails with one.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from prefect.artifacts import MarkdownArtifact
from prefect.client.orchestration import PrefectClient
from prefect.context import FlowRunContext

from promontory.entry import Entry
from promontory.escaping.markdown import cell
from promontory.health import Verdict
from promontory.model import GateState, Plan, SuiteResult
from promontory.options import Remark
from promontory.promotion.nightly_report import nightly_report
from promontory.promotion.reports import gone_report, plan_report, status_report, verdict_report
from promontory.promotion.suites_report import suites_report
from promontory.promotion.values import Hop, HopOutcome
from promontory.promotion.views import StatusRow

log = logging.getLogger("promontory.tasks")
Done = TypeVar("Done")
_UNDER_WAY: ContextVar[list[asyncio.Task[Any]]] = ContextVar("artifacts_under_way")


def show_suites(hop: Hop, results: Sequence[SuiteResult]) -> None:
    if results:
        _show("test", hop.application, hop.environment, suites_report(results), f"Suites for {hop.release}")


def show_plan(hop: Hop, plan: Plan, gates: Sequence[GateState]) -> None:
    description = f"Plan: {hop.application} {hop.release} to {hop.environment}"
    _show("plan", hop.application, hop.environment, plan_report(plan, gates), description)


def show_verdict(hop: Hop, entry: Entry, verdict: Verdict) -> None:
    description = f"Verdict: {hop.application} {entry.in_force} in {hop.environment} is {verdict.health.value}"
    _show("verdict", hop.application, hop.environment, verdict_report(entry, verdict), description)


def show_revert(hop: Hop, reverted: Entry, rivals: Sequence[Remark]) -> None:
    description = f"Revert: {hop.application} {reverted.release} left {hop.environment}"
    _show("revert", hop.application, hop.environment, gone_report(reverted, rivals), description)


async def store_explanation(application: str, environment: str, markdown: str) -> None:
    await _stored("explain", application, environment, markdown, f"Why {environment} does not run what it was to run")


def show_environments(application: str, rows: Sequence[StatusRow]) -> None:
    _show("environments", application, "", status_report(rows), f"Where {application} is now")


def show_night(outcomes: Sequence[HopOutcome]) -> None:
    _show("nightly", "", "", nightly_report(outcomes), "What nightly has moved, and what it has not")


@asynccontextmanager
async def delivering_artifacts() -> AsyncIterator[None]:
    """All of them are delivered before the run ends or suspends; one that cannot be is logged."""
    under_way: list[asyncio.Task[Any]] = []
    token = _UNDER_WAY.set(under_way)
    try:
        yield
    finally:
        _UNDER_WAY.reset(token)
        for delivered in await asyncio.gather(*under_way, return_exceptions=True):
            if isinstance(delivered, Exception):
                log.warning("an artifact could not be stored: %s", delivered)


def _show(what: str, application: str, environment: str, markdown: str, description: str) -> None:
    beside(_stored(what, application, environment, markdown, description))


async def _stored(what: str, application: str, environment: str, markdown: str, description: str) -> None:
    """Prefect's keys are lower-case letters, digits and dashes; so are the names in promontory.yaml.

    Its UI reads the description as Markdown, too.
    """
    key = re.sub(r"[^a-z0-9]+", "-", f"{what}-{application}-{environment}".lower()).strip("-")
    await MarkdownArtifact(key=key, markdown=markdown, description=cell(description)).acreate(_client_of_run())


def beside(work: Coroutine[Any, Any, Done]) -> asyncio.Task[Done]:
    """Do it beside the promotion; it is over before the run ends or suspends."""
    task = asyncio.create_task(work)
    _UNDER_WAY.get().append(task)
    return task


def _client_of_run() -> PrefectClient | None:
    """The flow run's own client: a new one for every artifact costs more than the artifact."""
    context = FlowRunContext.get()
    return context.client if context and isinstance(context.client, PrefectClient) else None

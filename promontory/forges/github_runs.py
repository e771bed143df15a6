"""GitHub's workflow runs. https://docs.github.com/rest/actions/workflows"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import ClassVar

from pydantic import AwareDatetime

from promontory.ci_runs import CiRun, FailedJob
from promontory.errors import ForgeNotFound, ForgeRefused
from promontory.forges.client import Client, Dialect
from promontory.forges.course import segment
from promontory.forges.github import GitHub
from promontory.forges.shapes import Line, Link, Shape

_MOST_RUNS = 200
_HARMLESS = (None, "success", "skipped", "neutral")
_ENDED = 409


class _User(Shape):
    login: Line


class _Run(Shape):
    id: int
    html_url: Link
    status: Line | None = None
    conclusion: Line | None = None
    display_title: Line = ""
    head_branch: Line | None = None
    event: str = ""
    created_at: AwareDatetime


class _Details(Shape):
    workflow_run_id: int
    html_url: Link = ""


class _Job(Shape):
    name: Line
    conclusion: str | None = None
    html_url: Link | None = None


class GitHubRuns:
    """`Workflows` of one repository."""

    dialect: ClassVar[Dialect] = replace(
        GitHub.dialect,
        permissions="A fine-grained token needs actions (read and write) in that repository; a classic one the scope "
        "repo. The workflow must be on the default branch and have `on: workflow_dispatch`.",
    )

    def __init__(self, client: Client) -> None:
        self.client = client
        self.path = f"repos/{client.address.repository}/actions"

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> CiRun | None:
        path = f"{self.path}/workflows/{segment(workflow)}/dispatches"
        data = {"ref": ref, "inputs": dict(inputs)}
        try:
            answer = self.client.send("POST", path, data | {"return_run_details": True})
        except ForgeRefused as refusal:
            if refusal.status not in (400, 422):
                raise
            # An Enterprise server of before 2026 does not know the wish; it started nothing.
            answer = self.client.send("POST", path, data)
        if answer is None:
            return None
        details = self.client.read(_Details, answer)
        return CiRun(details.workflow_run_id, details.html_url, finished=False, passed=False, word="dispatched")

    def dispatched(self, workflow: str, ref: str, since: datetime) -> tuple[CiRun, ...]:
        asked: dict[str, str] = {
            "event": "workflow_dispatch",
            "created": f">={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        if account := self._account:
            asked["actor"] = account
        path = f"{self.path}/workflows/{segment(workflow)}/runs"
        runs = islice(self.client.each(_Run, path, inside="workflow_runs", **asked), _MOST_RUNS)
        name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        return tuple(
            _seen(run)
            for run in runs
            if run.head_branch == name and run.event == "workflow_dispatch" and run.created_at >= since
        )

    def run(self, number: int) -> CiRun:
        return _seen(self.client.get(_Run, f"{self.path}/runs/{number}"))

    def failed_jobs(self, number: int) -> tuple[FailedJob, ...]:
        jobs = islice(self.client.each(_Job, f"{self.path}/runs/{number}/jobs", inside="jobs"), _MOST_RUNS)
        return tuple(FailedJob(job.name, job.html_url or "") for job in jobs if job.conclusion not in _HARMLESS)

    def cancel(self, number: int) -> None:
        try:
            self.client.send("POST", f"{self.path}/runs/{number}/cancel", {})
        except ForgeRefused as refusal:
            if refusal.status != _ENDED:
                raise

    @cached_property
    def _account(self) -> str | None:
        """A GitHub App's token is of no user; then runs of others are not told apart by who began them."""
        try:
            return self.client.get(_User, "user").login
        except (ForgeRefused, ForgeNotFound):
            return None


def _seen(run: _Run) -> CiRun:
    return CiRun(
        number=run.id,
        url=run.html_url,
        finished=run.status == "completed",
        passed=run.conclusion == "success",
        word=run.conclusion or run.status or "unknown",
        title=run.display_title,
        cancelled=run.conclusion == "cancelled",
    )

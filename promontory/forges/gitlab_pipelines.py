"""GitLab's pipelines. https://docs.gitlab.com/api/pipelines/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from promontory.forges.gitlab import GitLab
from promontory.forges.shapes import Line, Link, Shape

_MOST_JOBS = 200
# Each is asked for its variables, one request at a time.
_MOST_PIPELINES = 30
_ENDED = ("success", "failed", "canceled", "skipped")


class _User(Shape):
    username: Line


class _Pipeline(Shape):
    id: int
    web_url: Link
    status: Line
    source: str = ""
    ref: Line | None = None
    name: Line | None = None
    created_at: AwareDatetime


class _Variable(Shape):
    key: str
    value: str | None = None


class _Job(Shape):
    name: Line
    status: str
    allow_failure: bool = False
    web_url: Link | None = None


class GitLabPipelines:
    """`Pipelines` of one project."""

    dialect: ClassVar[Dialect] = replace(
        GitLab.dialect,
        permissions="A token needs the scope api, and a role that may run pipelines on that branch; with variables: "
        "also one that the project lets set them (Settings, CI/CD, Variables).",
    )

    def __init__(self, client: Client) -> None:
        self.client = client
        self.path = f"projects/{segment(client.address.repository)}"

    def create(self, ref: str, variables: Mapping[str, str], inputs: Mapping[str, str]) -> CiRun:
        data: dict[str, object] = {"ref": ref}
        # A project may refuse all variables, so that none is not the same as an empty list.
        if variables:
            data["variables"] = [{"key": key, "value": value} for key, value in variables.items()]
        if inputs:
            data["inputs"] = dict(inputs)
        return _seen(self.client.read(_Pipeline, self.client.send("POST", f"{self.path}/pipeline", data)))

    def created(self, ref: str, since: datetime, having: tuple[str, str] | None = None) -> tuple[CiRun, ...]:
        asked = {"source": "api", "ref": ref, "updated_after": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        if account := self._account:
            asked["username"] = account
        pipelines = islice(self.client.each(_Pipeline, f"{self.path}/pipelines", **asked), _MOST_PIPELINES)
        recent = [pipeline for pipeline in pipelines if pipeline.created_at >= since]
        ours = (pipeline for pipeline in recent if having is None or having in self._variables(pipeline.id))
        return tuple(_seen(pipeline) for pipeline in ours)

    def run(self, number: int) -> CiRun:
        return _seen(self.client.get(_Pipeline, f"{self.path}/pipelines/{number}"))

    def failed_jobs(self, number: int) -> tuple[FailedJob, ...]:
        return tuple(
            FailedJob(job.name, job.web_url or "")
            for job in self._jobs(number)
            if job.status in ("failed", "canceled") and not job.allow_failure
        )

    def cancel(self, number: int) -> None:
        self.client.send("POST", f"{self.path}/pipelines/{number}/cancel", {})

    @cached_property
    def _account(self) -> str | None:
        """A project's own token is of no user that can be asked for; then pipelines are not told apart by it."""
        try:
            return self.client.get(_User, "user").username
        except (ForgeRefused, ForgeNotFound):
            return None

    def _jobs(self, number: int) -> Iterator[_Job]:
        """A bridge is a job that starts a pipeline elsewhere, and fails with it."""
        for kind in ("jobs", "bridges"):
            yield from islice(self.client.each(_Job, f"{self.path}/pipelines/{number}/{kind}"), _MOST_JOBS)

    def _variables(self, number: int) -> set[tuple[str, str]]:
        """None where the role does not let us look."""
        try:
            found = list(self.client.each(_Variable, f"{self.path}/pipelines/{number}/variables"))
        except (ForgeRefused, ForgeNotFound):
            return set()
        return {(variable.key, variable.value or "") for variable in found}


def _seen(pipeline: _Pipeline) -> CiRun:
    return CiRun(
        number=pipeline.id,
        url=pipeline.web_url,
        finished=pipeline.status in _ENDED,
        passed=pipeline.status == "success",
        word=pipeline.status,
        title=pipeline.name or "",
        cancelled=pipeline.status == "canceled",
    )

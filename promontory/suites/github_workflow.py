"""The ``github-workflow`` suite: a workflow that GitHub Actions runs for us."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from promontory.ci_runs import CiRun, Workflows
from promontory.options import check_template
from promontory.suites.ci import Begun, CiSuite, InputName, InputValue
from promontory.suites.contract import Attempt, Facilities

_FILE = re.compile(r"[A-Za-z0-9_{}][A-Za-z0-9._{} -]*\.ya?ml|[0-9]+")


def _check_workflow(name: str) -> str:
    check_template(name)
    if not _FILE.fullmatch(name):
        raise ValueError(f"{name!r} is no workflow: write the name of its file in .github/workflows, such as e2e.yml")
    return name


class GitHubWorkflowSuite(CiSuite[Workflows]):
    """Starts a workflow by ``workflow_dispatch``, and passes when that run succeeds."""

    kind: Literal["github-workflow"]
    workflow: Annotated[str, AfterValidator(_check_workflow)] = Field(
        description="The workflow's file in .github/workflows; it must have `on: workflow_dispatch`."
    )
    inputs: dict[InputName, InputValue] = Field(default={}, description="The workflow's inputs.")
    nonce: InputName | None = Field(
        default=None,
        description="An input that gets a mark of its own in each run, and that `run-name:` of the workflow shows. "
        "By it a run is known among others, and found again by a promotion that was killed.",
    )

    @model_validator(mode="after")
    def _nonce_is_free(self) -> Self:
        if self.nonce in self.inputs:
            raise ValueError(f"{self.nonce} is the nonce already: it gets its value from Promontory")
        return self

    @property
    def label(self) -> str:
        where = f"{self.repository} " if self.repository else ""
        return f"github-workflow {where}{self.workflow}"

    @property
    def marks(self) -> bool:
        return self.nonce is not None

    def open(self, attempt: Attempt, facilities: Facilities) -> Workflows:
        return facilities.forges.workflows(self.where(attempt, "github"))

    def start(self, work: Begun[Workflows]) -> CiRun | None:
        target = work.attempt.target
        inputs = {name: target.fill(value) for name, value in self.inputs.items()}
        mark = {self.nonce: work.attempt.key} if self.nonce else {}
        return work.runs.dispatch(target.fill(self.workflow), target.fill(self.ref), inputs | mark)

    def begun(self, work: Begun[Workflows], since: datetime, *, marked: bool) -> Collection[CiRun]:
        target, key = work.attempt.target, work.attempt.key
        runs = work.runs.dispatched(target.fill(self.workflow), target.fill(self.ref), since)
        return [run for run in runs if not marked or key in run.title]

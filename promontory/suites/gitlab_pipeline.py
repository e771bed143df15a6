"""The ``gitlab-pipeline`` suite: a pipeline that GitLab runs for us."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from promontory.ci_runs import CiRun, Pipelines
from promontory.processes.program import VariableName
from promontory.suites.ci import Begun, CiSuite, InputName, InputValue
from promontory.suites.contract import Attempt, Facilities


class GitLabPipelineSuite(CiSuite[Pipelines]):
    """Starts a pipeline through the API, and passes when it succeeds."""

    kind: Literal["gitlab-pipeline"]
    variables: dict[VariableName, InputValue] = Field(default={}, description="Variables of the pipeline.")
    inputs: dict[InputName, InputValue] = Field(default={}, description="Inputs of the pipeline (spec:inputs).")
    nonce: VariableName | None = Field(
        default=None,
        description="A variable that gets a mark of its own in each pipeline. By it a pipeline is known among others, "
        "and found again by a promotion that was killed.",
    )

    @model_validator(mode="after")
    def _nonce_is_free(self) -> Self:
        if self.nonce in self.variables:
            raise ValueError(f"{self.nonce} is the nonce already: it gets its value from Promontory")
        return self

    @property
    def label(self) -> str:
        where = f"{self.repository} " if self.repository else ""
        return f"gitlab-pipeline {where}{self.ref}"

    @property
    def marks(self) -> bool:
        return self.nonce is not None

    def open(self, attempt: Attempt, facilities: Facilities) -> Pipelines:
        return facilities.forges.pipelines(self.where(attempt, "gitlab"))

    def start(self, work: Begun[Pipelines]) -> CiRun | None:
        target = work.attempt.target
        variables = {name: target.fill(value) for name, value in self.variables.items()}
        inputs = {name: target.fill(value) for name, value in self.inputs.items()}
        mark = {self.nonce: work.attempt.key} if self.nonce else {}
        return work.runs.create(target.fill(self.ref), variables | mark, inputs)

    def begun(self, work: Begun[Pipelines], since: datetime, *, marked: bool) -> Collection[CiRun]:
        having = (self.nonce, work.attempt.key) if marked and self.nonce else None
        return work.runs.created(work.attempt.target.fill(self.ref), since, having)

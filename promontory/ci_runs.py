"""Runs of CI as values, and what the families want of a forge that runs them.

`forges` is the only door to one; suites start runs and follow them. "Run" means GitHub's workflow runs and GitLab's
pipelines; "job" is the same word on both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

ReportState = Literal["pending", "success", "failure"]


@dataclass(frozen=True)
class CodeRepository:
    """A repository on a forge. What is None is as the GitOps repository's own forge has it.

    ``git_url`` is an address for Git, which says server and name where nothing else does.
    """

    kind: str | None = None
    url: str | None = None
    repository: str | None = None
    git_url: str | None = None


@dataclass(frozen=True)
class FailedJob:
    name: str
    url: str = ""


@dataclass(frozen=True)
class CiRun:
    """``number`` is the forge's id; ``word`` is its own word for the state or the conclusion.

    ``title`` is what people read in its list. ``passed`` means nothing before it is ``finished``.
    """

    number: int
    url: str
    finished: bool
    passed: bool
    word: str
    title: str = ""
    cancelled: bool = False


@dataclass(frozen=True)
class Report:
    """What somebody reports on a commit; ``detail`` is what the reporter said, or the forge's own word."""

    name: str
    state: ReportState
    detail: str

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


class CiRuns(Protocol):
    """Runs in one repository. A method that asks raises what `Forge`'s raise."""

    def run(self, number: int) -> CiRun: ...

    def failed_jobs(self, number: int) -> tuple[FailedJob, ...]:
        """The jobs that kept it from passing, also those of an unfinished run."""

    def cancel(self, number: int) -> None:
        """Ask for its end; nothing where it has ended already."""


class Workflows(CiRuns, Protocol):
    """GitHub's."""

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> CiRun | None:
        """Start a run; None where GitHub does not say which one that is."""

    def dispatched(self, workflow: str, ref: str, since: datetime) -> tuple[CiRun, ...]:
        """The runs that our account has dispatched on ``ref`` since then, newest first."""


class Pipelines(CiRuns, Protocol):
    """GitLab's."""

    def create(self, ref: str, variables: Mapping[str, str], inputs: Mapping[str, str]) -> CiRun:
        """Start a pipeline."""

    def created(self, ref: str, since: datetime, having: tuple[str, str] | None = None) -> tuple[CiRun, ...]:
        """Pipelines that our account has made through the API on ``ref`` since then, newest first.

        ``having``: only those that have this variable.
        """


class Reports(Protocol):
    """Statuses and checks of commits in one repository."""

    def of_commit(self, commit: str, name: str) -> Collection[Report]:
        """What is reported on it under exactly this name; ``commit`` may be a tag or a branch."""


class Forges(Protocol):
    """Opens repositories; asks nothing of them yet.

    All raise `UsageError` where the forge is not known, and `AuthenticationFailed` where there is no token for it.
    """

    def workflows(self, where: CodeRepository, /) -> Workflows: ...

    def pipelines(self, where: CodeRepository, /) -> Pipelines: ...

    def reports(self, where: CodeRepository, /) -> Reports: ...

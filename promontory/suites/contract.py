"""What a suite is: a test that a release must pass before it may enter an environment."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from promontory.ci_runs import Forges
from promontory.clock import Clock
from promontory.live_objects import Objects
from promontory.model import CaseReport
from promontory.options import Duration, Options, Target

Files = Literal["repository", "release", "plan"]


@dataclass(frozen=True)
class SourceCommit:
    """The commit that a release was made of; ``git_url`` is where, None in the GitOps repository."""

    commit: str
    git_url: str | None = None


@dataclass(frozen=True)
class WorkingTree:
    """Files of a commit in a directory of their own, thrown away after use."""

    path: Path
    commit: str


class Code(Protocol):
    """The files around one release of one application."""

    async def source(self) -> SourceCommit:
        """Raises `UsageError` where it is not known which commit the release is."""

    def tree(self, files: Files) -> AbstractAsyncContextManager[WorkingTree]:
        """Write them out: the head of the GitOps repository, the release's own, or what the push would make.

        Raises `UsageError` like `source`, and `TransientError` where it may work later.
        """

    async def read(self, path: str) -> bytes | None:
        """A file at the head of the GitOps repository; None where there is none."""


class Tokens(Protocol):
    """Bearer tokens of the installation, each for one server."""

    def for_url(self, url: str) -> str | None:
        """The token that may be sent there; None where there is none, or where it would travel in the clear."""


@dataclass(frozen=True)
class Facilities:
    """What a suite may use besides its own options. ``forges`` block; call them in a thread."""

    clock: Clock
    objects: Objects
    code: Code
    forges: Forges
    tokens: Tokens


@dataclass(frozen=True)
class Attempt:
    """One attempt of one suite on one release.

    ``key`` (twelve hex digits) is the same in whichever process the attempt is made: what was begun elsewhere under it
    is taken up instead of being begun twice.
    """

    target: Target
    promotion: str
    key: str

    @property
    def name(self) -> str:
        """What its lines are logged under."""
        return f"test-{self.target.place.environment}"


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: passed where there is no ``reason``.

    ``output`` is the tail of what was printed. ``url`` is where people see it, where it ran elsewhere. ``final``:
    another attempt cannot change it.
    """

    reason: str = ""
    output: str = ""
    report: CaseReport | None = None
    url: str = ""
    final: bool = False

    @property
    def passed(self) -> bool:
        return not self.reason


class Suite(Options):
    """A failure is an outcome, not an exception."""

    timeout: Duration = Field(default=timedelta(minutes=30), description="How long an attempt may take, e.g. 10m.")
    retries: int = Field(
        default=0, ge=0, le=10, strict=True, description="How often it is tried again after it failed."
    )
    continue_on_failure: bool = Field(
        default=False, strict=True, description="Whether the promotion goes on when it fails; the record says so."
    )

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in a record; never with a secret."""

    @abstractmethod
    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        """Make one attempt. What it began elsewhere it ends, where it is cancelled.

        Raises `TransientError` where it could not be begun now and may be later; another `PromontoryError` where it
        cannot be run at all.
        """

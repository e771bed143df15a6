"""What a suite is: a test that a release must pass before it may enter an environment."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from promontory.model import SuiteResult
from promontory.options import Duration, Options, Target


class Suite(Options):
    """Runs once; a failure is a result, not an exception."""

    timeout: Duration = Field(default=timedelta(minutes=30), description="How long it may run, e.g. 10m.")

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in a record; never with a secret."""

    @abstractmethod
    async def run(self, target: Target, workdir: Path) -> SuiteResult:
        """Run it in ``workdir``, a working tree of the GitOps repository at the commit promoted from.

        Raises `TransientError` where running it failed (not the test) and may work next time.
        """

"""What a check is: one look at an environment after a push. Waiting and judging is `watch`'s job."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta

from pydantic import Field

from promontory.model import Observation
from promontory.options import Duration, Options, Target


class Check(Options):
    """Looks until it has been healthy ``consecutive`` times in a row, or ``deadline`` has passed."""

    deadline: Duration = timedelta(minutes=5)
    interval: Duration = timedelta(seconds=1)
    consecutive: int = Field(default=1, ge=1, le=1000)

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in a verdict, e.g. ``http https://…/healthz``; never with a secret."""

    @abstractmethod
    async def observe(self, target: Target) -> Observation:
        """One look. Raises `TransientError` where looking itself failed and may work next time."""

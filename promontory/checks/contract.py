"""What a check is: one look at an environment after a push. Waiting and judging is `watch`'s job."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from promontory.model import Observation
from promontory.options import Duration, Options, Target, format_duration


class Check(Options):
    """Looks until it has been healthy ``consecutive`` times in a row, or ``deadline`` has passed."""

    deadline: Duration = Field(default=timedelta(minutes=5), description="How long to wait for health, e.g. 5m.")
    interval: Duration = Field(default=timedelta(seconds=1), description="How long from one look to the next.")
    consecutive: int = Field(default=1, ge=1, le=1000, description="How often in a row it must be healthy.")

    @model_validator(mode="after")
    def _has_time(self) -> Self:
        needed = self.interval * (self.consecutive - 1)
        if needed >= self.deadline:
            raise ValueError(
                f"{self.consecutive} looks, one every {format_duration(self.interval)}, "
                f"do not fit into the deadline of {format_duration(self.deadline)}"
            )
        return self

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in a verdict, e.g. ``https://…/healthz``; never with a secret."""

    @property
    def proves_release(self) -> bool:
        """Whether a healthy answer of it shows which release answers (design, decision 6)."""
        return False

    @abstractmethod
    async def observe(self, target: Target) -> Observation:
        """One look. Raises `TransientError` where looking itself failed and may work next time."""

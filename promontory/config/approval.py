"""Who has to say yes before anything is pushed."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from promontory.config.section import Names, Section
from promontory.options import Duration


class Approval(Section):
    """People who must say yes, to exactly the change that will be pushed."""

    required: int = Field(default=1, ge=1, le=100, strict=True, description="How many people must approve.")
    approvers: Names = Field(
        default=(), description="Who may approve, by the name or address they sign with. Left out: anybody."
    )
    expires: Duration | None = Field(
        default=None, description="How long an approval waits or stays good, e.g. 24h. Left out: for ever."
    )

    @model_validator(mode="after")
    def _enough_approvers(self) -> Self:
        if self.approvers and self.required > len(self.approvers):
            raise ValueError(f"{self.required} approvals are required of {len(self.approvers)} approvers")
        return self

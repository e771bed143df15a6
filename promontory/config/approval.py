"""Who has to say yes before anything is pushed."""

from __future__ import annotations

from pydantic import Field

from promontory.config.section import Names, Section
from promontory.options import Duration


class Approval(Section):
    """People who must say yes, to exactly the change that will be pushed."""

    required: int = Field(default=1, ge=1, le=100, strict=True, description="How many different people must approve.")
    approvers: Names = Field(
        default=(),
        description="Who may approve: people, by any of their names, and groups, as group:NAME. Left out: anybody.",
    )
    exclude_requester: bool | None = Field(
        default=None,
        strict=True,
        description="Whether the approval of whoever asked for the promotion counts not. Left out: where it is signed.",
    )
    expires: Duration | None = Field(
        default=None, description="How long an approval waits or stays good, e.g. 24h. Left out: for ever."
    )
    remind: Duration | None = Field(
        default=None,
        description="How often the approvers are reminded while it waits, e.g. 4h. Left out: never.",
    )
    signed: bool = Field(
        default=False,
        strict=True,
        description="Whether an approval counts only with a signature that proves who gave it.",
    )

    @property
    def excludes_requester(self) -> bool:
        """A signature proves who approves; it is worth little where that is whoever asked."""
        return self.signed if self.exclude_requester is None else self.exclude_requester

"""How a change gets into the branch."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from promontory.config.section import Names, Section
from promontory.options import Duration


def as_delivery(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


class Delivery(Section):
    """How a change gets into the branch: pushed to it, or merged through a pull request (GitLab: merge request)."""

    kind: Literal["push", "pull-request"] = Field(description="push, or pull-request.")
    merge: Literal["auto", "wait"] = Field(
        default="auto",
        description="Who merges. auto: Promontory, as soon as the checks of the request are green; wait: people.",
    )
    method: Literal["merge", "squash", "rebase"] = Field(
        default="merge", description="How Promontory merges: with a merge commit, squashed, or rebased."
    )
    labels: Names = Field(default=(), description="Labels that the request gets.")
    reviewers: Names = Field(
        default=(), description="Who is asked for a review: user names, or organization/team where the forge has teams."
    )
    deadline: Duration | None = Field(
        default=None, description="How long a request may stay open, e.g. 24h. Left out: for ever."
    )

    @model_validator(mode="after")
    def _only_for_requests(self) -> Self:
        if self.kind == "push" and (more := sorted(self.model_fields_set - {"kind"})):
            raise ValueError(f"{' and '.join(more)}: only with kind: pull-request")
        return self

    @property
    def by_request(self) -> bool:
        return self.kind == "pull-request"

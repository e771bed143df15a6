"""An environment, and by which rules a release enters it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from promontory.config.approval import Approval
from promontory.config.break_glass import BreakGlass
from promontory.config.delivery import Delivery, as_delivery
from promontory.config.section import After, Section
from promontory.options import Duration, Options


class Environment(Section):
    """A place where applications run."""

    description: str = Field(default="", description="What the environment is for; shown to approvers.")
    owner: str = Field(
        default="",
        description="Whom to call about the environment: a team, an address, a channel. Named where a gate is closed, "
        "in alerts and in the runbook.",
    )
    production: bool | None = Field(
        default=None,
        strict=True,
        description="Whether it is production, which wants an approval. Left out: where its name begins with prod.",
    )
    after: After = Field(
        default=(), description="The environment, or a list of them, that a release must be in before it may come here."
    )
    provenance: Literal["verified", "deployed", "none"] = Field(
        default="verified",
        description="What the ledger must show of a release in the environments of `after` before it may come here: "
        "verified (found healthy there, after the soak), deployed (it was there, and was not taken back), or none.",
    )
    superseded: Literal["cancel", "queue"] = Field(
        default="cancel",
        description="What becomes of a release that still waits here (for an approval, a merge, a gate) when a newer "
        "one comes: cancel ends it, queue lets the newer one wait until the older one has come to its end.",
    )
    test: tuple[SerializeAsAny[Options], ...] = Field(
        default=(), description="Tests that a release must pass before it is promoted into this environment."
    )
    verify: tuple[SerializeAsAny[Options], ...] = Field(
        default=(),
        description="Checks that show, after the push, that the release has arrived healthy. If one fails, the "
        "promotion is reverted. Without any, the environment is deployed but never verified.",
    )
    soak: Duration | None = Field(
        default=None,
        description="How long a release that is healthy is watched on before it counts as verified, e.g. 2h. What "
        "flaps meanwhile starts anew, what fails is reverted. Left out: not at all.",
    )
    approval: Approval | None = Field(default=None, description="Who must approve a promotion into this environment.")
    windows: tuple[SerializeAsAny[Options], ...] = Field(
        default=(),
        description="When a release may come here: allow and deny windows. Reverts and rollbacks ask none of them.",
    )
    break_glass: BreakGlass | None = Field(
        default=None,
        description="Who may push past closed gates in an emergency, with a reason: people and groups (group:NAME), or "
        "false: nobody. Left out: whoever may promote, unless approvals are signed; then nobody.",
    )
    deliver: Annotated[Delivery, BeforeValidator(as_delivery)] = Field(
        default=Delivery(kind="push"),
        description="How a change gets there: push (to the branch) or pull-request; a mapping says more of a request.",
    )
    revert_by: Literal["same", "push"] = Field(
        default="same",
        description="How a revert gets there: same as the change (through a pull request, where that is the way), or "
        "push: past pull requests.",
    )
    on_cancel: Literal["leave", "revert"] = Field(
        default="leave",
        description="What becomes of a release that was pushed and not verified yet when its run is cancelled: leave "
        "it there, unverified, or revert it.",
    )
    on_failure: Literal["revert-self", "revert-wave"] = Field(
        default="revert-self",
        description="What goes back where a release fails here: revert-self, or revert-wave: also what the same run "
        "brought to the environments beside this one.",
    )

    @model_validator(mode="after")
    def _soak_watches(self) -> Self:
        if self.soak and not self.verify:
            raise ValueError("soak: there is no verify:, so nothing would be watched")
        return self

"""The forms of the Prefect UI: drop-downs for what promontory.yaml configures, and the approval form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from prefect.input import RunInput
from pydantic import ConfigDict, WithJsonSchema, create_model
from pydantic.json_schema import SkipJsonSchema

from promontory.promotion.choices import choices_offline

_CHOICES = choices_offline()
# For every environment that waits for an answer.
ALL = "all"


def _drop_down(title: str, names: tuple[str, ...]) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "title": title}
    return WithJsonSchema({**schema, "enum": list(names)} if names else schema)


Application = Annotated[str, _drop_down("Application", _CHOICES.applications)]
Environment = Annotated[str, _drop_down("Environment", _CHOICES.environments)]
Destination = Annotated[str, _drop_down("To", (*_CHOICES.environments, "all") if _CHOICES.environments else ())]


Also = Annotated[
    dict[str, str],
    WithJsonSchema({"type": "object", "title": "Also", "additionalProperties": {"type": "string"}, "default": {}}),
]


class Approval(RunInput):
    """What an approver fills in. Only the schema constrains it: the server checks no more than that.

    ``look`` is not shown: whoever has an answer recorded in another way, only lets the run look for it. ``environment``
    is, where more than one environment waits for an answer.
    """

    # Prefect's own inputs forbid in their schema whatever it does not show.
    model_config = ConfigDict(extra="ignore")

    decision: Literal["approve", "reject"]
    name: str
    note: str = ""
    look: SkipJsonSchema[bool] = False
    environment: SkipJsonSchema[str] = ""


def approval_form(environments: Sequence[str], description: str) -> type[Approval]:
    """One form for all that wait; which of them an answer is for has to be said."""
    if len(environments) == 1:
        return Approval.with_initial_data(description=description)
    choice = Annotated[str, _drop_down("Environment", (*environments, ALL))]
    several = create_model("Approval", __base__=Approval, environment=(choice, ...))
    return several.with_initial_data(description=description)

"""Answers of a forge as checked values: what is missing or of another type is an error that names it.

The texts come from strangers and end on terminals and in the ledger: lines hold what can be seen, links are
http(s) or nothing.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from promontory.errors import ForgeError
from promontory.escaping.plain import one_line

LONGEST_LINE = 300


def line(text: str) -> str:
    """One that can be read, and not endless."""
    return one_line(text, LONGEST_LINE)


def _link(text: str) -> str:
    return text if text.startswith(("https://", "http://")) and text.isprintable() and " " not in text else ""


def _empty(value: object) -> object:
    return "" if value is None else value


Line = Annotated[str, AfterValidator(line)]
Link = Annotated[str, AfterValidator(_link)]
# Forges answer null as well as "" where there is no text.
Text = Annotated[str, BeforeValidator(_empty)]
Sha = Annotated[str, BeforeValidator(_empty), Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})?$")]


class Shape(BaseModel):
    """The part of an answer that is used."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore", hide_input_in_errors=True)


Model = TypeVar("Model", bound=Shape)


def read(model: type[Model], data: object, host: str) -> Model:
    """Raises `ForgeError` where the answer has another form."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise ForgeError(
            f"{host} gave an answer of an unknown form: {place}: {first['msg']}", "check `forge: {kind: …, url: …}`"
        ) from None

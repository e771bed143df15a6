"""Who may push past closed gates in an emergency."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from promontory.config.section import Names


def _as_names(value: object) -> object:
    if value is False:
        return value
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be false, or a list of people and groups; leave it out for whoever may promote")
    return value


_NAME = {"type": "string", "minLength": 1}
_LIST = {"type": "array", "items": _NAME, "minItems": 1, "uniqueItems": True}
_WRITTEN: dict[str, object] = {"anyOf": [{"const": False}, _NAME, _LIST]}
BreakGlass = Annotated[Names | Literal[False], BeforeValidator(_as_names), WithJsonSchema(_WRITTEN)]

"""Who may push past closed gates in an emergency."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from promontory.config.section import Names

NOBODY: Literal[False] = False


def _as_names(value: object) -> object:
    if value is False:
        return value
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be false, or a list of people and groups; leave it out for whoever may promote")
    return value


BreakGlass = Annotated[Names | Literal[False], BeforeValidator(_as_names)]

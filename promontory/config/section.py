"""What every mapping of promontory.yaml has in common: strictness, and lists of names."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


def _as_list(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise ValueError("must be the name of an environment, or a list of names")
    return [value] if isinstance(value, str) else value


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValueError(f'"{name}" stands here twice')
    return names


Text = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Text, ...], AfterValidator(_unique)]
After = Annotated[Names, BeforeValidator(_as_list)]


class Section(BaseModel):
    """A mapping of promontory.yaml: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

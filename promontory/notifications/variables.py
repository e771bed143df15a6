"""The environment variables that promontory.yaml may name: addresses and secrets of channels, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from promontory.errors import UsageError

# A hostile promontory.yaml must not be able to send any other variable of the process anywhere.
PREFIX = "PROMONTORY_NOTIFY_"
_PATTERN = rf"^{PREFIX}[A-Z0-9_]+$"


def check_variable(name: str) -> str:
    """Return the name unchanged. The error does not show what was written: it may be a secret."""
    if "://" in name:
        raise ValueError(
            "must be the name of an environment variable, not an address: addresses hold secrets, and many people read "
            f"this file. Put it into a variable {PREFIX}… where Promontory runs, and write the variable's name here"
        )
    if not re.fullmatch(_PATTERN, name):
        raise ValueError(f"must be the name of an environment variable that begins with {PREFIX}, in capital letters")
    return name


VariableName = Annotated[str, AfterValidator(check_variable), WithJsonSchema({"type": "string", "pattern": _PATTERN})]


def value_of(name: str, environment: Mapping[str, str]) -> str:
    """Raises `UsageError` where it is not set; an empty variable counts as absent."""
    if value := environment.get(name, "").strip():
        return value
    raise UsageError(f"the variable {name} is not set", "set it where Promontory runs")

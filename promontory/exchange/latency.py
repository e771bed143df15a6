"""How long answers may take: a bound for all of them, or one for a percentile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from promontory.options import Duration, format_duration

SLOWEST = "max"
_DURATION = {"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$", "examples": ["500ms", "2s"]}
_PERCENTILE = r"^(max|p[1-9][0-9]?(\.[0-9]{1,3})?)$"


def _for_all(value: object) -> object:
    return value if isinstance(value, Mapping) else {SLOWEST: value}


Percentile = Annotated[str, Field(pattern=_PERCENTILE)]
# Written as one duration, or as {p95: 300ms, p99: 1s}.
Latency = Annotated[
    dict[Percentile, Duration],
    Field(min_length=1),
    BeforeValidator(_for_all),
    WithJsonSchema(
        {
            "anyOf": [
                _DURATION,
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": _PERCENTILE},
                    "additionalProperties": _DURATION,
                },
            ]
        }
    ),
]


def percentile(name: str, seconds: Sequence[float]) -> float:
    """By nearest rank: the smallest of them that so many percent do not exceed."""
    ordered = sorted(seconds)
    if name == SLOWEST:
        return ordered[-1]
    return ordered[max(0, math.ceil(len(ordered) * float(name[1:]) / 100) - 1)]


def too_slow(bounds: Latency, seconds: Sequence[float]) -> str:
    """Which bound is broken; empty where none is. What brought no answer took for ever (`math.inf`)."""
    for name, bound in bounds.items():
        taken = percentile(name, seconds)
        if taken > bound.total_seconds():
            which = "the slowest" if name == SLOWEST else name
            told = milliseconds(taken) if taken < math.inf else "no answer at all"
            return f"{which} of {len(seconds)} is {told}, not within {format_duration(bound)}"
    return ""


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"

"""The parts of a condition, and what they come to for the series of one measurement.

A part has a value for each series; a number written in the condition, or an average over the series, has the same for
each of them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Sample:
    """One series' value now, and before the promotion (None where nothing is known of that)."""

    result: float
    baseline: float | None = None


class Undefined(Exception):
    """The numbers say nothing: 0/0, or there is no baseline."""


Values = Sequence[Any]  # floats, or truths


def _divided(one: float, other: float) -> float:
    """As floating point has it: by zero comes to infinity, or to no number at all."""
    if other:
        return one / other
    return math.nan if not one or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1.0, other)


ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
}
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
    "sum": sum,
    "count": len,
}
QUANTIFIERS: Mapping[str, Callable[[Sequence[bool]], bool]] = {"any": any, "all": all}
JOINTS: Mapping[str, Callable[[bool, bool], bool]] = {"and": operator.and_, "or": operator.or_}


class Term(Protocol):
    """``truth``: it is true or false, not a number. ``names`` are those of `Sample` that it looks at."""

    @property
    def truth(self) -> bool: ...

    @property
    def names(self) -> frozenset[str]: ...

    def of(self, samples: Sequence[Sample]) -> Values:
        """One value for each sample. Raises `Undefined`."""


@dataclass(frozen=True)
class Number:
    value: float
    truth: bool = False
    names: frozenset[str] = frozenset()

    def of(self, samples: Sequence[Sample]) -> Values:
        return [self.value] * len(samples)


@dataclass(frozen=True)
class Name:
    name: str
    truth: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    def of(self, samples: Sequence[Sample]) -> Values:
        if self.name == "result":
            return [sample.result for sample in samples]
        known = [sample.baseline for sample in samples if sample.baseline is not None]
        if len(known) < len(samples):
            raise Undefined("there is no baseline")
        return known


@dataclass(frozen=True)
class Both:
    """Two parts joined by an operator: a calculation, a comparison, ``and`` or ``or``."""

    operator: str
    left: Term
    right: Term

    @property
    def truth(self) -> bool:
        return self.operator not in ARITHMETIC

    @property
    def names(self) -> frozenset[str]:
        return self.left.names | self.right.names

    def of(self, samples: Sequence[Sample]) -> Values:
        pairs = list(zip(self.left.of(samples), self.right.of(samples), strict=True))
        if self.operator in COMPARISONS and any(math.isnan(value) for pair in pairs for value in pair):
            raise Undefined("what is compared is no number")
        operators: Mapping[str, Callable[[Any, Any], Any]] = {**ARITHMETIC, **COMPARISONS, **JOINTS}
        return [operators[self.operator](one, other) for one, other in pairs]


@dataclass(frozen=True)
class Negated:
    """The other sign of a number, or the opposite of a truth."""

    inner: Term

    @property
    def truth(self) -> bool:
        return self.inner.truth

    @property
    def names(self) -> frozenset[str]:
        return self.inner.names

    def of(self, samples: Sequence[Sample]) -> Values:
        return [not value if self.truth else -value for value in self.inner.of(samples)]


@dataclass(frozen=True)
class Function:
    """One value over all series."""

    name: str
    inner: Term

    @property
    def truth(self) -> bool:
        return self.name in QUANTIFIERS

    @property
    def names(self) -> frozenset[str]:
        return self.inner.names

    def of(self, samples: Sequence[Sample]) -> Values:
        functions: Mapping[str, Callable[[Values], Any]] = {**AGGREGATES, **QUANTIFIERS}
        values = self.inner.of(samples)
        if any(math.isnan(value) for value in values):
            raise Undefined("what is compared is no number")
        return [functions[self.name](values)] * len(samples)

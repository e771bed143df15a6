"""Regular expressions that an answer's text is held against, with placeholders filled in as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from promontory.exchange.findings import RELEASE, Finding
from promontory.exchange.json_fields import show
from promontory.expressions import LONGEST_PATTERN, compiled, quoted
from promontory.model import Place
from promontory.options import Target


def _check_pattern(pattern: str) -> str:
    _expression(pattern, Target(Place("a", "b"), "c"))
    return pattern


def _expression(pattern: str, target: Target) -> Any:
    """Braces that hold no placeholder are the expression's own: ``[0-9]{2,}``, ``\\p{Greek}``."""
    place = Place(quoted(target.place.application), quoted(target.place.environment))
    return compiled(Target(place, quoted(target.release)).fill(pattern))


Pattern = Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN), AfterValidator(_check_pattern)]


def found(pattern: str, text: str, target: Target) -> str | None:
    """What of ``text`` matches first, anywhere in it."""
    match = _expression(pattern, target).search(text)
    return match.group(0) if match else None


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class BodyPatterns(BaseModel):
    """What must be found in the body, and what must not."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    matches: str | list[Pattern] = Field(
        default=[], description="A regular expression (RE2's syntax) that must be found in the body, or a list of them."
    )
    does_not_match: str | list[Pattern] = Field(
        default=[], description="A regular expression that must not be found in it, or a list of them."
    )

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return {key: _listed(item) for key, item in value.items()} if isinstance(value, Mapping) else value

    @property
    def proves_release(self) -> bool:
        return any(RELEASE in pattern for pattern in self.matches)

    def judge(self, body: bytes, target: Target) -> Iterator[Finding]:
        text = body.decode("utf-8", "replace")
        for pattern in self.matches:
            proof = RELEASE in pattern
            fault = "" if found(pattern, text, target) is not None else f"the body does not match {show(pattern)}"
            yield Finding(fault=fault and fault + (" yet" if proof else ""), proof=proof, passing=proof)
        for pattern in self.does_not_match:
            match = found(pattern, text, target)
            if match is not None:
                yield Finding(fault=f"the body holds {show(match)}, which matches {show(pattern)}")

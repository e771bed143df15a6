"""One condition on what a JSONPath finds in an answer."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from promontory.exchange.findings import RELEASE, Finding
from promontory.exchange.json_fields import FieldText, FieldValue, equal, show
from promontory.exchange.json_path import LONGEST_PATH, MOST_VALUES, check_path, values
from promontory.exchange.patterns import Pattern, found
from promontory.options import Target, check_template


class PathCondition(BaseModel):
    """All that the path finds must be as said, and it must find something, unless it is to be absent or counted."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    path: Annotated[str, AfterValidator(check_template), AfterValidator(check_path)] = Field(
        min_length=1, max_length=LONGEST_PATH, description="A JSONPath (RFC 9535), e.g. $.pods[*].ready."
    )
    equals: FieldText = Field(default=None, description="What each value must be, of the same JSON type.")
    matches: Pattern | None = Field(default=None, description="A regular expression to be found in each text.")
    does_not_match: Pattern | None = Field(default=None, description="One that is to be found in none of them.")
    at_least: float | None = Field(default=None, allow_inf_nan=False, description="The least that each number may be.")
    at_most: float | None = Field(default=None, allow_inf_nan=False, description="The most that each number may be.")
    exists: bool = Field(default=True, description="Whether it must find something at all, or false: nothing.")
    count: int | None = Field(default=None, ge=0, lt=MOST_VALUES, description="How many values it must find.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.exists and self.model_fields_set - {"path", "exists"}:
            raise ValueError("where nothing may be found, nothing else can be asked of it")
        return self

    @property
    def proves_release(self) -> bool:
        return RELEASE in f"{self.equals} {self.matches}"

    def judge(self, document: object, target: Target) -> Finding:
        try:
            seen = values(self.path, document, target)
        except ValueError as error:
            return Finding(fault=f"{target.fill(self.path)}: {error}", proof=self.proves_release)
        fault = self._number_fault(seen) or next((told for one in seen if (told := self._fault(one, target))), "")
        return Finding(
            fault=fault and f"{target.fill(self.path)} {fault}",
            proof=self.proves_release,
            passing=self.proves_release and bool(seen) and all(isinstance(one, str) for one in seen),
            seen=", ".join(show(one) for one in seen[:3]) + (", …" if len(seen) > 3 else ""),
        )

    def _number_fault(self, seen: list[object]) -> str:
        if self.count is not None and len(seen) != self.count:
            return f"finds {len(seen)}, not {self.count}"
        if not self.exists and seen:
            return f"finds {show(seen[0])}, and should find nothing"
        return "" if seen or not self.exists or self.count == 0 else "finds nothing"

    def _fault(self, value: object, target: Target) -> str:
        """What is wrong with one value."""
        if "equals" in self.model_fields_set and not equal(value, wanted := _filled(self.equals, target)):
            return f"finds {show(value)}, not {show(wanted)}" + (" yet" if self.proves_release else "")
        return self._text_fault(value, target) or self._bound_fault(value)

    def _text_fault(self, value: object, target: Target) -> str:
        if self.matches is None and self.does_not_match is None:
            return ""
        if not isinstance(value, str):
            return f"finds {show(value)}, which is no text"
        if self.matches is not None and found(self.matches, value, target) is None:
            return f"finds {show(value)}, which does not match {show(self.matches)}" + self._not_yet()
        if self.does_not_match is not None and found(self.does_not_match, value, target) is not None:
            return f"finds {show(value)}, which matches {show(self.does_not_match)}"
        return ""

    def _not_yet(self) -> str:
        return " yet" if self.proves_release else ""

    def _bound_fault(self, value: object) -> str:
        if self.at_least is None and self.at_most is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"finds {show(value)}, which is no number"
        if self.at_least is not None and not value >= self.at_least:
            return f"finds {show(value)}, less than {self.at_least:g}"
        if self.at_most is not None and not value <= self.at_most:
            return f"finds {show(value)}, more than {self.at_most:g}"
        return ""


def _filled(wanted: FieldValue, target: Target) -> FieldValue:
    return target.fill(wanted) if isinstance(wanted, str) else wanted

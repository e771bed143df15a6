"""Which tags are releases at all, and what of a tag is compared: a regular expression, as in Flux's ``filterTags``.

The expressions are RE2's, which are Go's and so Flux's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from promontory.expressions import LONGEST_PATTERN, compiled

# Go's regexp.Expand: $1, $name, ${name}, and $$ for the sign itself.
_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\}|)", re.ASCII)


class Filter(BaseModel):
    """Only tags that match ``pattern``; policies compare ``extract`` of them, and choose the tag."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    pattern: str = Field(
        min_length=1,
        max_length=LONGEST_PATTERN,
        description="A regular expression in RE2's syntax, found anywhere in the tag, e.g. ^main-(?P<build>[0-9]+)$.",
    )
    extract: str = Field(
        default="",
        max_length=LONGEST_PATTERN,
        description="What the policy compares: $1 or $name stand for groups of the pattern. Left out: the whole tag.",
    )

    @field_validator("pattern")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        compiled(pattern)
        return pattern

    @field_validator("extract")
    @classmethod
    def _check_extract(cls, extract: str, info: ValidationInfo) -> str:
        if "pattern" in info.data:
            _check_references(extract, compiled(info.data["pattern"]))
        return extract

    def apply(self, tags: Iterable[str]) -> dict[str, str]:
        """For each tag that matches, the text that it is compared by."""
        search = compiled(self.pattern).search
        found = ((tag, search(tag)) for tag in tags)
        return {tag: self._extracted(match) if self.extract else tag for tag, match in found if match}

    def _extracted(self, match: Any) -> str:
        def group(reference: re.Match[str]) -> str:
            dollar, plain, braced = reference.groups()
            name = plain or braced or ""
            return dollar or match.group(int(name) if name.isdecimal() else name) or ""

        return _REFERENCE.sub(group, self.extract)


def _check_references(extract: str, expression: Any) -> None:
    groups = [*map(str, range(1, expression.groups + 1)), *expression.groupindex]
    for dollar, plain, braced in _REFERENCE.findall(extract):
        name = plain or braced
        if not dollar and name not in ("0", *groups):
            said = f"${name} is no group of the pattern" if name else "a '$' names no group (write $$ for the sign)"
            has = f"it has {', '.join(f'${group}' for group in groups)}" if groups else "it has none"
            raise ValueError(f"{said}: {has}")

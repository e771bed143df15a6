"""Which release is the newest: by semantic version, by alphabet or by number, as Flux's image policies choose.

https://fluxcd.io/flux/components/image/imagepolicies/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from promontory.errors import UsageError
from promontory.releases.contract import Ranking
from promontory.releases.semver_range import Key, is_prerelease, parse_range, version_key

Order = Literal["asc", "desc"]
# Exponents of four digits are no float's.
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def _check_range(text: str) -> str:
    parse_range(text)
    return text


class Policy(BaseModel):
    """Exactly one of three."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    semver: Annotated[str, Field(min_length=1), AfterValidator(_check_range)] | None = Field(
        default=None,
        description="The highest semantic version in a range, e.g. >=1.0 or ~1.4. Pre-releases only where the range "
        "names one (>=1.0.0-0).",
    )
    alphabetical: Order | None = Field(default=None, description="asc: the last in byte order; desc: the first.")
    numerical: Order | None = Field(default=None, description="asc: the highest number; desc: the lowest.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Policy:
        if [self.semver, self.alphabetical, self.numerical].count(None) != 2:
            raise ValueError("give one of semver, alphabetical and numerical")
        return self

    @property
    def label(self) -> str:
        name, value = next((name, value) for name, value in self if value is not None)
        return f"{name} {value}"

    def rank(self, compared: Mapping[str, str]) -> Ranking:
        """``compared`` has for each release the text that it is compared by. The text's order decides, then the name's.

        Raises `UsageError` where one of them is no number, although numbers are to be compared.
        """
        if self.semver:
            return _by_version(compared, self.semver)
        if self.numerical:
            numbers = {release: _number(release, text) for release, text in compared.items()}
            return _all(sorted(compared, key=lambda each: (numbers[each], each), reverse=self.numerical == "asc"))
        return _all(sorted(compared, key=lambda each: (compared[each], each), reverse=self.alphabetical == "asc"))


def rank_without_policy(compared: Mapping[str, str]) -> Ranking:
    """By semantic version; the latest is no pre-release. What is no version comes after, in reverse byte order."""
    keys, others = _keys(compared)
    accepted = frozenset(release for release, key in keys.items() if not is_prerelease(key))
    return Ranking((*_newest(keys), *others), accepted)


def _by_version(compared: Mapping[str, str], semver: str) -> Ranking:
    """Those in the range; then the other versions, then what is none."""
    wanted = parse_range(semver)
    keys, others = _keys(compared)
    accepted = {release: key for release, key in keys.items() if wanted.accepts(key)}
    outside = {release: key for release, key in keys.items() if release not in accepted}
    return Ranking((*_newest(accepted), *_newest(outside), *others), frozenset(accepted))


def _keys(compared: Mapping[str, str]) -> tuple[dict[str, Key], list[str]]:
    keys: dict[str, Key] = {}
    others: list[str] = []
    for release, text in compared.items():
        key = version_key(text)
        if key is None:
            others.append(release)
        else:
            keys[release] = key
    return keys, sorted(others, reverse=True)


def _newest(keys: Mapping[str, Key]) -> list[str]:
    return sorted(keys, key=lambda release: (keys[release], release), reverse=True)


def _all(ordered: list[str]) -> Ranking:
    return Ranking(tuple(ordered), frozenset(ordered))


def _number(release: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        taken = "" if text == release else f" (from {release})"
        raise UsageError(
            f"{text!r}{taken} is no number, so that the policy numerical cannot choose",
            "add a filter that leaves it out, e.g. filter: {pattern: '^[0-9]+$'}",
        )
    return Decimal(text)

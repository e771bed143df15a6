"""What every plug-in's options have in common: strictness, durations, placeholders.

A plug-in (a strategy, a suite, a check, a source of releases) is one pydantic model that derives from
`Options`: its fields are what a user may write in promontory.yaml, its method is what it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from promontory.model import Place

PLACEHOLDERS = ("application", "environment", "release")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_MICROSECONDS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000}


class Options(BaseModel):
    """Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: str

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is allowed, but worth a second look; `promontory validate` warns of it."""
        return ()


@dataclass(frozen=True)
class Remark:
    """What is allowed but worth a second look, and what to do about it."""

    message: str
    remedy: str = ""


def parse_duration(value: object) -> timedelta:
    """``90s``, ``5m``, ``24h``, ``2d``, ``500ms`` → timedelta; anything else is a ValueError, also none at all."""
    if duration := parse_period(value):
        return duration
    raise _not_a_duration(value)


def parse_period(value: object) -> timedelta:
    """Like `parse_duration`, but it may be none at all: ``0s``."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    with suppress(OverflowError):
        if match:
            return timedelta(microseconds=int(Decimal(match[1]) * _MICROSECONDS[match[2]]))
    raise _not_a_duration(value)


def _not_a_duration(value: object) -> ValueError:
    return ValueError(f"{value!r} is not a duration: write 90s, 5m, 24h or 2d")


def format_duration(duration: timedelta) -> str:
    """The shortest exact form: 300 seconds → ``5m``."""
    microseconds = duration // timedelta(microseconds=1)
    for unit in ("d", "h", "m"):
        if microseconds and microseconds % _MICROSECONDS[unit] == 0:
            return f"{microseconds // _MICROSECONDS[unit]}{unit}"
    unit = "ms" if 0 < microseconds < _MICROSECONDS["s"] else "s"
    return f"{Decimal(microseconds) / _MICROSECONDS[unit]:f}{unit}"


def check_template(text: str) -> str:
    """Return ``text`` unchanged; an unknown placeholder is a ValueError that names the known ones."""
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"unknown placeholder {{{unknown[0]}}}: only {known} are filled in")
    return text


_IN_JSON = WithJsonSchema(
    {"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$", "examples": ["90s", "5m", "24h", "2d"]}
)
_AS_TEXT = PlainSerializer(format_duration, return_type=str)
Duration = Annotated[timedelta, BeforeValidator(parse_duration), _AS_TEXT, _IN_JSON]
# A duration that may be none at all.
Period = Annotated[timedelta, BeforeValidator(parse_period), _AS_TEXT, _IN_JSON]
Template = Annotated[str, Field(min_length=1), AfterValidator(check_template)]


@dataclass(frozen=True)
class Target:
    """What a suite tests or a check watches: a release of one application in one environment.

    ``commit`` is the commit that a controller reports once the environment runs the release, where one is known. One
    that descends from it will do as well, unless it is ``pinned`` by a tag: a newer release descends from it, too.
    ``since`` is when it was put there, ``previous`` the release that ran before.
    """

    place: Place
    release: str
    commit: str | None = None
    since: datetime | None = None
    previous: str | None = None
    pinned: bool = False

    def fill(self, template: str) -> str:
        """Replace the placeholders; text in braces that is no placeholder stays."""
        values = {
            "application": self.place.application,
            "environment": self.place.environment,
            "release": self.release,
        }
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)

    def fill_all(self, value: object) -> object:
        """`fill` every string in a structure of mappings and sequences."""
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, Mapping):
            return {key: self.fill_all(item) for key, item in value.items()}
        if isinstance(value, Sequence):
            return [self.fill_all(item) for item in value]
        return value


OptionsType = TypeVar("OptionsType", bound=Options)
Kinds = Mapping[str, type[OptionsType]]
Kind = TypeVar("Kind")


class KindsByName(Mapping[str, type[Kind]]):
    """The kinds of a family, each as ``module:Class`` below its package, and imported when it is asked for.

    A command reads one promontory.yaml, which names a few of all the kinds there are.
    """

    def __init__(self, package: str, names: Mapping[str, str]) -> None:
        self._package = package
        self._names = names

    def __getitem__(self, kind: str) -> type[Kind]:
        module, _, name = self._names[kind].partition(":")
        found: type[Kind] = getattr(import_module(f"{self._package}.{module}"), name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

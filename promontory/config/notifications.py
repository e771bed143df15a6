"""Who is told of what: the routes from events to channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny

from promontory.config.section import NAME_PATTERN, Names, Section
from promontory.event import Event, EventTemplate, Group, Word, words_of
from promontory.options import Options


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _unique(words: tuple[Word | Group, ...]) -> tuple[Word | Group, ...]:
    if twice := next((word for number, word in enumerate(words) if word in words[:number]), None):
        raise ValueError(f'"{twice}" stands here twice')
    return words


On = Annotated[tuple[Word | Group, ...], Field(min_length=1), AfterValidator(_unique), BeforeValidator(_as_list)]
Globs = Annotated[Names, BeforeValidator(_as_list)]


def _check_name(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(f"{name!r} cannot be a name: use lower-case letters, digits and '-', at most 63")
    return name


class Route(Section):
    """Events, and the channel that is told of them."""

    name: Annotated[str, AfterValidator(_check_name)] = Field(
        description="What the route is called, in the ledger and on the command line: lower-case letters, digits, '-'.",
        json_schema_extra={"pattern": NAME_PATTERN},
    )
    to: SerializeAsAny[Options] = Field(description="The channel.")
    on: On = Field(
        default=("all",),
        description="Of what: words such as failed or approval-wanted, or groups: approvals, failures, progress, "
        "holds, gates, all. Left out: all.",
    )
    applications: Globs = Field(
        default=(), description="Of which applications, as patterns such as web-*. Left out: of all."
    )
    environments: Globs = Field(
        default=(), description="Of which environments, as patterns such as prod*. Left out: of all."
    )
    title: EventTemplate | None = Field(
        default=None, description="The title, with placeholders such as {what} and {environment}. Left out: a good one."
    )
    body: EventTemplate | None = Field(
        default=None, description="The text, with placeholders such as {reason} and {command}. Left out: a good one."
    )

    def wants(self, event: Event) -> bool:
        """Of what moves together, one application that is meant is enough."""
        return any(self.reaches(name, event.environment, event.word) for name in (event.application, *event.also))

    def reaches(self, application: str, environment: str, word: Word) -> bool:
        return (
            word in words_of(self.on)
            and matches(self.applications, application)
            and matches(self.environments, environment)
        )


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether one of the patterns does; without any, everything is meant."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)

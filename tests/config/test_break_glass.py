"""`break_glass:` says who may, or that nobody may; everything else is refused with what to write."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from promontory.config import Config, load
from promontory.config.schema import schema
from promontory.errors import ConfigurationError
from promontory.promotion.vocabulary import VOCABULARY


def written(value: Any, **top: Any) -> Config:
    applications = {"web-app": {"strategy": {"kind": "directory", "path": "a", "image": "a"}}}
    document = {"applications": applications, "environments": {"dev": {"break_glass": value}}, **top}
    return load(yaml.safe_dump(document), file="promontory.yaml", vocabulary=VOCABULARY)


@pytest.mark.parametrize(
    ("value", "read"),
    [(False, False), ("alice", ("alice",)), (["alice", "group:on-call"], ("alice", "group:on-call"))],
)
def test_people_groups_or_nobody(value: Any, read: Any) -> None:
    config = written(value, groups={"on-call": ["bob"]})

    assert config.environment("dev").break_glass == read


@pytest.mark.parametrize("value", [True, [], 7, {"alice": 1}])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be false, or a list of people and groups"):
        written(value)


def test_a_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r'no group "on-cal".*on-call'):
        written(["group:on-cal"], groups={"on-call": ["bob"]})


def test_the_schema_says_the_same() -> None:
    described = schema(VOCABULARY)["$defs"]["Environment"]["properties"]["break_glass"]

    assert [branch.get("type", branch.get("const")) for branch in described["anyOf"]] == [False, "string", "array"]

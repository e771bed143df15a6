from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from config.samples import APPLICATIONS, ENVIRONMENTS, EXAMPLE, VOCABULARY
from promontory.config import schema

SCHEMA = schema(VOCABULARY)
VALIDATOR = Draft202012Validator(SCHEMA)


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(yaml.safe_load(text)))


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_it_accepts_the_example_of_the_design() -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(EXAMPLE))) == []


@pytest.mark.parametrize(
    "text",
    [
        APPLICATIONS + ENVIRONMENTS,
        APPLICATIONS + "environments: {dev: }",
        APPLICATIONS + "environments: {dev: {}, live: {after: [dev], approval: {}}}",
        APPLICATIONS + ENVIRONMENTS + "repository: {url: 'https://git.example/x', branch: main}",
        APPLICATIONS + ENVIRONMENTS + "forge: {kind: gitea, url: 'https://git.example', repository: acme/gitops}",
        APPLICATIONS + ENVIRONMENTS + "forge: {}",
        APPLICATIONS + "environments: {dev: {deliver: push}, live: {deliver: {kind: pull-request, merge: wait}}}",
        ENVIRONMENTS + "applications: {a: {strategy: {kind: branch, branch: b}, environments: {dev: false}}}",
        ENVIRONMENTS + "applications: {a: {strategy: {kind: branch, branch: b}, releases: {kind: git-tags}}}",
    ],
)
def test_it_accepts_what_is_read(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        APPLICATIONS,
        APPLICATIONS + "environments: {}",
        APPLICATIONS + "environments: {Dev: {}}",
        APPLICATIONS + "environments: {dev: {verfy: []}}",
        APPLICATIONS + "environments: {dev: {test: [{run: x}]}}",
        APPLICATIONS + "environments: {dev: {test: [{kind: http, url: 'http://x'}]}}",
        APPLICATIONS + "environments: {dev: {approval: null}}",
        APPLICATIONS + ENVIRONMENTS + "forge: {kind: svn}",
        APPLICATIONS + ENVIRONMENTS + "forge: {token: x}",
        APPLICATIONS + "environments: {dev: {approval: {expires: 5}}}",
        ENVIRONMENTS + "applications: {a: {strategy: {kind: branch, path: b}}}",
        ENVIRONMENTS + "applications: {a: {strategy: {kind: branch, branch: b}, strategies: {}}}",
    ],
)
def test_it_refuses_what_is_refused(text: str) -> None:
    assert not accepts(text)


def sections(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield value
        for inner in value.values():
            yield from sections(inner)


def test_every_key_says_what_it_is_for() -> None:
    own = [
        SCHEMA,
        *(SCHEMA["$defs"][name] for name in ("Application", "Environment", "Approval", "Repository", "Forge")),
    ]
    keys = {
        f"{section.get('title')}.{key}": value
        for top in own
        for section in sections({**top, "$defs": {}})
        for key, value in section["properties"].items()
    }

    assert len(keys) > 12
    assert [key for key, value in keys.items() if not value.get("description")] == []


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> Iterator[str]:
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from references(inner)
        if isinstance(value, dict) and "$ref" in value:
            yield value["$ref"]

    assert {reference.removeprefix("#/$defs/") for reference in references(SCHEMA)} <= SCHEMA["$defs"].keys()

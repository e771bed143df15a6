"""The configuration together with the strategies, suites, checks and sources of releases that really exist."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from config.samples import EXAMPLE
from promontory.checks import CHECKS
from promontory.config import Vocabulary, load, schema
from promontory.errors import ConfigurationError
from promontory.forges import FORGES
from promontory.releases import RELEASES
from promontory.strategies import STRATEGIES
from promontory.suites import SUITES

VOCABULARY = Vocabulary(strategies=STRATEGIES, suites=SUITES, checks=CHECKS, releases=RELEASES, forges=FORGES)
DIRECTORIES = (
    '{kind: directory, path: "envs/{environment}", image: docker.io/acme/app}',
    '{kind: directory, path: "envs/{environment}", file: version.yml, image: docker.io/acme/app}',
    '{kind: directory, path: "envs/{environment}", file: values.yaml, key: image.tag}',
    '{kind: directory, path: "envs/{environment}", copy: [version.yml, settings.yml]}',
)
FLUX = '{kind: flux, path: "clusters/{environment}", policy: "flux-system:web-app"}'


def with_strategy(strategy: str) -> str:
    return f"applications: {{app: {{strategy: {strategy}}}}}\nenvironments: {{dev: {{}}, live: {{after: dev}}}}\n"


@pytest.mark.parametrize("text", [EXAMPLE, *map(with_strategy, (*DIRECTORIES, FLUX))])
def test_the_examples_of_the_design_are_valid_and_match_the_schema(text: str) -> None:
    load(text, file="promontory.yaml", vocabulary=VOCABULARY)

    assert list(Draft202012Validator(schema(VOCABULARY)).iter_errors(yaml.safe_load(text))) == []


def test_a_path_outside_the_repository_is_told_where_it_stands() -> None:
    text = with_strategy('{kind: directory, path: "../{environment}", image: docker.io/acme/app}')

    with pytest.raises(ConfigurationError) as wrong:
        load(text, file="promontory.yaml", vocabulary=VOCABULARY)

    (problem,) = wrong.value.problems
    assert (problem.line, problem.where) == (1, "applications.app.strategy.path")


@pytest.mark.parametrize(
    ("options", "where", "message"),
    [
        ("path: clusters", "", "missing: policy"),
        ("policy: 'a:b'", "", "missing: path"),
        ("path: clusters, policy: web-app", ".policy", "write namespace:name"),
        ("path: clusters, policy: 'a:b', image: app", ".image", "unknown key"),
    ],
)
def test_a_flux_strategy_that_is_wrong_is_told_where_it_stands(options: str, where: str, message: str) -> None:
    text = with_strategy(f"{{kind: flux, {options}}}")

    with pytest.raises(ConfigurationError) as wrong:
        load(text, file="promontory.yaml", vocabulary=VOCABULARY)

    (problem,) = wrong.value.problems
    assert problem.where == f"applications.app.strategy{where}"
    assert message in problem.message


@pytest.mark.parametrize("options", ["path: clusters", "policy: 'a:b'", "path: clusters, policy: 'a:b', image: app"])
def test_a_flux_strategy_that_is_wrong_does_not_match_the_schema(options: str) -> None:
    text = with_strategy(f"{{kind: flux, {options}}}")

    assert list(Draft202012Validator(schema(VOCABULARY)).iter_errors(yaml.safe_load(text))) != []


def test_every_key_of_every_kind_says_what_it_is_for() -> None:
    definitions: dict[str, Any] = schema(VOCABULARY)["$defs"]
    silent = [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, value in definition.get("properties", {}).items()
        if not value.get("description")
    ]

    assert silent == []

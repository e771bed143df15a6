"""`releases:` as users write it, and what they are told when it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from promontory.config import load, schema
from promontory.errors import ConfigurationError
from promontory.promotion.vocabulary import VOCABULARY
from promontory.releases import RELEASES

GOOD = (
    '{kind: registry, repository: ghcr.io/acme/web-app, policy: {semver: ">=1.0"}}',
    "{kind: registry, repository: nginx, digest: true, policy: {alphabetical: asc}}",
    "{kind: registry, repository: a.example/b, filter: {pattern: '^main-(?P<ts>[0-9]+)', extract: $ts}, "
    "policy: {numerical: asc}}",
    "{kind: git-tags}",
    '{kind: git-tags, repository: "https://git.example/a.git", pattern: "web-app/{release}", policy: {semver: ^1.2}}',
    "{kind: environment}",
)


def document(releases: str) -> str:
    strategy = "{kind: directory, path: 'envs/{environment}', image: acme/app}"
    return f"applications:\n  app:\n    strategy: {strategy}\n    releases: {releases}\nenvironments: {{dev: }}\n"


def invalid(text: str) -> list[Any]:
    return list(Draft202012Validator(schema(VOCABULARY)).iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("releases", GOOD)
def test_what_is_good_loads_and_matches_the_schema(releases: str) -> None:
    loaded = load(document(releases), file="promontory.yaml", vocabulary=VOCABULARY)

    assert isinstance(loaded.application("app").releases, RELEASES[yaml.safe_load(releases)["kind"]])
    assert invalid(document(releases)) == []


@pytest.mark.parametrize(
    ("releases", "where", "message"),
    [
        ("{kind: git-tags, policy: {semver: 1.0}}", "policy.semver", 'must be text: quote it: "1.0"'),
        (
            "{kind: git-tags, policy: {semver: latest}}",
            "policy.semver",
            "'latest' is no range of versions, it cannot be read from 'latest' on: write one such as >=1.2 <2",
        ),
        ("{kind: git-tags, policy: {}}", "policy", "give one of semver, alphabetical and numerical"),
        (
            "{kind: git-tags, policy: {semver: '1', numerical: asc}}",
            "policy",
            "give one of semver, alphabetical and numerical",
        ),
        ("{kind: git-tags, policy: {numerical: up}}", "policy.numerical", "must be 'asc' or 'desc'"),
        ("{kind: git-tags, policy: {semvr: '1'}}", "policy.semvr", 'unknown key "semvr" (did you mean "semver"?)'),
        ("{kind: git-tags, filter: {pattern: '('}}", "filter.pattern", "is no regular expression of RE2: missing )"),
        ("{kind: git-tags, filter: {extract: $1}}", "filter", "missing: pattern"),
        (
            "{kind: git-tags, filter: {pattern: a, extract: $ts}}",
            "filter.extract",
            "$ts is no group of the pattern: it has none",
        ),
        ("{kind: registry, repository: a.example/b, digest: 'yes'}", "digest", "must be true or false, not text"),
        ("{kind: environment, policy: {semver: '1'}}", "policy", 'unknown key "policy"'),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(releases: str, where: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        load(document(releases), file="promontory.yaml", vocabulary=VOCABULARY)

    (problem,) = wrong.value.problems
    assert problem.line == 4
    assert problem.where == f"applications.app.releases.{where}"
    assert message in problem.message

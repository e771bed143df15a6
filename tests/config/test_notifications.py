"""`notifications:` in promontory.yaml."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest

from promontory.config import Config, load, schema, warnings
from promontory.config.document import read_document
from promontory.errors import ConfigurationError
from promontory.event import Event
from promontory.promotion.vocabulary import VOCABULARY
from tests.notifications.events import event

BASE = """\
applications:
  web-app: {strategy: {kind: directory, path: a, image: a}}
  api: {strategy: {kind: directory, path: b, image: b}}
environments:
  dev: {verify: [{kind: http, url: "https://a.example", expect: {json: {version: "{release}"}}}]}
  production:
    after: dev
    approval: {required: 1}
    verify: [{kind: http, url: "https://a.example", expect: {json: {version: "{release}"}}}]
"""
OPS = "{kind: apprise, url_from: PROMONTORY_NOTIFY_OPS}"


def read(*routes: str) -> Config:
    text = BASE + "notifications:\n" + "".join(f"  - {route}\n" for route in routes)
    matches_the_schema(text)
    return load(text, file="promontory.yaml", vocabulary=VOCABULARY)


@cache
def whole_schema() -> dict[str, Any]:
    return schema(VOCABULARY)


def matches_the_schema(text: str) -> None:
    """As editors read it: PyYAML alone takes the key ``on`` for the truth, as YAML 1.1 has it."""
    jsonschema.validate(read_document(text, "promontory.yaml").data, whole_schema())


def told(*routes: str) -> str:
    text = BASE + "notifications:\n" + "".join(f"  - {route}\n" for route in routes)
    with pytest.raises(jsonschema.ValidationError):
        matches_the_schema(text)
    return wrong(text)


def wrong(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(text, file="promontory.yaml", vocabulary=VOCABULARY)
    return str(caught.value)


@pytest.mark.parametrize(
    "to",
    [
        OPS,
        "{kind: prefect-block, block: slack-webhook/ops}",
        "{kind: webhook, url_from: PROMONTORY_NOTIFY_HOOK, secret_from: PROMONTORY_NOTIFY_KEY}",
    ],
)
def test_routes_are_read(to: str) -> None:
    config = read(f"{{name: ops, on: [failures, granted], environments: production, to: {to}, title: '{{what}}'}}")

    (route,) = config.notifications
    assert route.environments == ("production",)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, True),
        ({"word": "promoted"}, False),
        ({"word": "rejected"}, True),
        ({"environment": "production-eu"}, True),
        ({"environment": "dev"}, False),
        ({"application": "api"}, False),
        ({"application": "api", "also": ("web-app",)}, True),
        ({"application": "web-app-2"}, True),
    ],
)
def test_a_route_is_told_of_what_it_names(fields: dict[str, object], wanted: bool) -> None:
    config = read(f"{{name: ops, on: approvals, applications: web-*, environments: [prod*], to: {OPS}}}")

    (route,) = config.notifications
    assert route.wants(event(**fields)) is wanted


@pytest.mark.parametrize("key", ["url_from", "secret_from"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("slack://T/B/s3cr3t", "not an address"),
        ("https://hooks.slack.example/s3cr3t", "not an address"),
        ("AWS_SECRET_ACCESS_KEY", "begins with PROMONTORY_NOTIFY_"),
        ("PROMONTORY_GIT_PASSWORD", "begins with PROMONTORY_NOTIFY_"),
        ("promontory_notify_s3cr3t", "begins with PROMONTORY_NOTIFY_"),
        ("PROMONTORY_NOTIFY_", "begins with PROMONTORY_NOTIFY_"),
        ('"PROMONTORY_NOTIFY_A B"', "begins with PROMONTORY_NOTIFY_"),
    ],
)
def test_only_variables_that_are_meant_for_it_can_be_named(key: str, value: str, message: str) -> None:
    other = "" if key == "url_from" else ", url_from: PROMONTORY_NOTIFY_A"

    error = told(f"{{name: ops, to: {{kind: webhook, {key}: {value}{other}}}}}")

    assert f"notifications[0].to.{key}" in error
    assert message in error
    assert "s3cr3t" not in error


@pytest.mark.parametrize(
    ("route", "message"),
    [
        (f"{{to: {OPS}}}", "missing: name"),
        ("{name: ops}", "missing: to"),
        (f"{{name: Ops!, to: {OPS}}}", "cannot be a name"),
        (f"{{name: ops, on: [], to: {OPS}}}", "must not be empty"),
        (f"{{name: ops, on: faild, to: {OPS}}}", "failed"),
        (f"{{name: ops, on: [failed, failed], to: {OPS}}}", "stands here twice"),
        (f"{{name: ops, body: '{{relase}}', to: {OPS}}}", "unknown placeholder {relase}"),
        (f"{{name: ops, title: '{{release.__class__}}', oops: 1, to: {OPS}}}", 'unknown key "oops"'),
        ("{name: ops, to: {kind: slack, url: a}}", 'unknown kind "slack"'),
        ("{name: ops, to: {kind: prefect-block, block: ops}}", "notifications[0].to.block"),
        ("ops", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(route: str, message: str) -> None:
    unknown_to_schemas = "relase" in route or "twice" in message
    error = wrong(f"{BASE}notifications:\n  - {route}\n") if unknown_to_schemas else told(route)

    assert "promontory.yaml:1" in error
    assert message in error


def test_two_routes_of_one_name_are_refused() -> None:
    route = f"  - {{name: ops, to: {OPS}}}\n"

    assert 'notifications[1].name: "ops" is the name of another route' in wrong(f"{BASE}notifications:\n{route}{route}")


def test_routes_that_are_empty_have_no_name_in_common() -> None:
    told = wrong(f"{BASE}notifications:\n  -\n  -\n")

    assert "notifications[0]" in told
    assert "notifications[1]" in told
    assert "another route" not in told


@pytest.mark.parametrize("value", ["{}", "ops", "1"])
def test_it_must_be_a_list(value: str) -> None:
    assert "must be a list" in wrong(f"{BASE}notifications: {value}\n")


@pytest.mark.parametrize(
    ("route", "message"),
    [
        (f"{{name: ops, on: approvals, to: {OPS}}}", "tells anybody of failed or revert-failed here"),
        (f"{{name: ops, on: failed, to: {OPS}}}", "tells anybody of revert-failed here"),
        (f"{{name: ops, environments: dev, to: {OPS}}}", "tells anybody of failed or revert-failed here"),
        (f"{{name: ops, applications: api, to: {OPS}}}", "tells anybody of failed or revert-failed here"),
        (
            f"{{name: ops, environments: [production, stagin*], to: {OPS}}}",
            '"stagin*" matches none of the environments',
        ),
    ],
)
def test_production_that_nobody_hears_of_is_warned_of(route: str, message: str) -> None:
    assert [warning.message for warning in warnings(read(route)) if message in warning.message]


def test_several_routes_may_hear_of_it_together() -> None:
    routes = (f"{{name: {name}, applications: {name}, on: failures, to: {OPS}}}" for name in ("api", "web-app"))

    assert warnings(read(*routes)) == ()


def test_who_has_no_routes_is_not_warned() -> None:
    assert warnings(load(BASE, file="promontory.yaml", vocabulary=VOCABULARY)) == ()


def test_an_event_is_json() -> None:
    assert Event.model_validate(json.loads(event().model_dump_json())) == event()

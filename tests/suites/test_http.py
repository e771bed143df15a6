"""The http suite against a real server."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer

from promontory.errors import UsageError
from promontory.model import SuiteResult
from promontory.suites.contract import Outcome
from promontory.suites.http import HttpSuite
from promontory.suites.run import run_all
from promontory.tokens import HostTokens
from tests.checks.test_watch import JumpingClock
from tests.suites.surroundings import TARGET, facilities, run


def suite(url: str, **options: object) -> HttpSuite:
    return HttpSuite.model_validate({"kind": "http", "url": url, **options})


def outcome(url: str, tokens: dict[str, str] | None = None, **options: object) -> Outcome:
    known = HostTokens({host: SecretStr(token) for host, token in (tokens or {}).items()})
    return run(suite(url, **options), facilities(tokens=known))


def result(url: str, **options: object) -> SuiteResult:
    around = facilities(clock=JumpingClock())
    (made,) = asyncio.run(run_all([suite(url, **options)], TARGET, "0123456789ab", around))
    return made


def test_an_answer_as_expected_passes(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/version", query_string="of=web-app").respond_with_json({"version": "v1.3.0"})

    url = httpserver.url_for("/version?of={application}")

    assert outcome(url, expect={"json": {"version": "{release}"}}).passed


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [(500, {"version": "v1.3.0"}, "500"), (200, {"version": "v1.2.0"}, "v1.2.0"), (404, {}, "404")],
)
def test_any_other_answer_fails_and_says_what_it_was(
    httpserver: HTTPServer, status: int, body: dict[str, str], reason: str
) -> None:
    httpserver.expect_request("/version").respond_with_json(body, status=status)

    failed = outcome(httpserver.url_for("/version"), expect={"json": {"version": "{release}"}})

    assert reason in failed.reason


def test_what_is_sent_is_filled_in(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/smoke", method="POST", json={"release": "v1.3.0", "deep": ["staging"]}, headers={"X-Of": "web-app"}
    ).respond_with_json({"ok": True}, status=201)

    passed = outcome(
        httpserver.url_for("/smoke"),
        method="POST",
        headers={"X-Of": "{application}"},
        body={"release": "{release}", "deep": ["{environment}"]},
        expect={"status": 201},
    )

    assert passed.passed


def test_a_token_goes_to_its_own_server_only(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/", headers={"Authorization": "Bearer s3cret"}).respond_with_data("ok")

    assert outcome(httpserver.url_for("/"), {"localhost": "s3cret"}, authenticate=True).passed
    with pytest.raises(UsageError, match="there is no token for localhost"):
        outcome(httpserver.url_for("/"), {"elsewhere.example": "s3cret"}, authenticate=True)


def test_a_server_that_does_not_answer_is_asked_again_where_that_changes_nothing(unanswered: str) -> None:
    assert result(unanswered).reason.startswith("could not be run: ")


def test_what_may_have_had_an_effect_is_not_sent_twice(unanswered: str) -> None:
    failed = result(unanswered, method="POST", body="x")

    assert not failed.passed
    assert not failed.reason.startswith("could not be run")


@pytest.fixture
def unanswered() -> str:
    return "http://127.0.0.1:9/"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "ftp://a.example"}, "is not an http or https URL"),
        ({"url": "https://user:s3cret@a.example"}, "does not belong into a URL"),
        ({"url": "https://a.example", "consecutive": 3}, "Extra inputs are not permitted"),
        ({"url": "https://a.example", "expect": {"status": 99}}, "greater than or equal to 100"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HttpSuite.model_validate({"kind": "http", **options})

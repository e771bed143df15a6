"""What the http check sends, and what it can expect besides status and fields."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.checks.http import HttpCheck
from promontory.config import load, warnings
from promontory.errors import TransientError, UsageError
from promontory.exchange.latency import percentile, too_slow
from promontory.health import Health, Observation
from promontory.model import Place
from promontory.options import Target, parse_duration
from promontory.promotion.vocabulary import VOCABULARY
from tests.checks.surroundings import facilities
from tests.exchange.certificates import Authority
from tests.servers import PromptServer

TARGET = Target(Place("web-app", "staging"), "v1.3.0")


def check(url: str, **options: object) -> HttpCheck:
    return HttpCheck.model_validate({"kind": "http", "url": url, "timeout": "30s", **options})


def observe(url: str, target: Target = TARGET, tokens: dict[str, str] | None = None, **options: object) -> Observation:
    known = {host: SecretStr(token) for host, token in (tokens or {}).items()}
    return asyncio.run(check(url, **options).observe(target, facilities(**known)))


@pytest.fixture
def received(httpserver: HTTPServer) -> list[Request]:
    requests: list[Request] = []

    def keep(request: Request) -> Response:
        request.get_data()
        requests.append(request)
        return Response("ok")

    httpserver.expect_request("/").respond_with_handler(keep)
    return requests


class TestRequest:
    def test_method_and_headers(self, httpserver: HTTPServer, received: list[Request]) -> None:
        headers = {"X-Release": "{release} of {application}", "Accept": "text/plain", "user-agent": "team"}

        assert observe(httpserver.url_for("/"), method="HEAD", headers=headers).health is Health.HEALTHY
        (request,) = received
        assert (request.method, request.headers["X-Release"]) == ("HEAD", "v1.3.0 of web-app")
        assert (request.headers["Accept"], request.headers["User-Agent"]) == ("text/plain", "team")

    def test_a_mapping_is_sent_as_json_whatever_is_filled_in(
        self, httpserver: HTTPServer, received: list[Request]
    ) -> None:
        body = {"query": "{ health { {environment} } }", "release": "{release}", "deep": [1, None, {"a": "{release}"}]}

        observe(httpserver.url_for("/"), Target(TARGET.place, 'v1", "admin": "'), method="POST", body=body)

        (request,) = received
        assert request.content_type == "application/json"
        assert json.loads(request.get_data()) == {
            "query": "{ health { staging } }",
            "release": 'v1", "admin": "',
            "deep": [1, None, {"a": 'v1", "admin": "'}],
        }

    def test_text_is_sent_as_it_is(self, httpserver: HTTPServer, received: list[Request]) -> None:
        observe(httpserver.url_for("/"), method="PUT", body="release={release} {other}é")

        assert received[0].get_data() == "release=v1.3.0 {other}é".encode()
        assert received[0].content_type == "text/plain; charset=utf-8"

    def test_the_type_of_the_body_can_be_told(self, httpserver: HTTPServer, received: list[Request]) -> None:
        observe(httpserver.url_for("/"), method="POST", body="a: 1", headers={"content-type": "application/yaml"})

        assert received[0].headers.getlist("Content-Type") == ["application/yaml"]

    @pytest.mark.parametrize("hostile", ["v1\r\nX-Admin: 1", "v1\n", "v1\0", "v\u00e9"])
    def test_a_release_cannot_bring_a_header_of_its_own(
        self, httpserver: HTTPServer, received: list[Request], hostile: str
    ) -> None:
        seen = observe(httpserver.url_for("/"), Target(TARGET.place, hostile), headers={"X-Release": "{release}"})

        assert (seen.health, seen.final) == (Health.UNHEALTHY, True)
        assert seen.reason == f"the header X-Release cannot hold {hostile!r}"
        assert received == []

    def test_the_label_names_the_method(self) -> None:
        assert check("https://a/b?token=x", method="POST").label == "POST https://a/b"


class TestToken:
    def test_it_is_sent_where_the_installation_has_one(self, httpserver: HTTPServer, received: list[Request]) -> None:
        observe(httpserver.url_for("/"), tokens={httpserver.host: "hunter2"}, authenticate=True)
        observe(httpserver.url_for("/"), tokens={httpserver.host: "hunter2"})

        assert [request.headers.get("Authorization") for request in received] == ["Bearer hunter2", None]

    def test_without_one_nothing_is_asked(self, httpserver: HTTPServer, received: list[Request]) -> None:
        with pytest.raises(UsageError) as caught:
            observe(httpserver.url_for("/"), tokens={"other.example": "hunter2"}, authenticate=True)

        place = f"{httpserver.host}:{httpserver.port}"
        assert caught.value.message == f"there is no token for {place}"
        assert caught.value.remedy == f'add it to PROMONTORY_TOKENS: {{"{place}": "…"}}'
        assert received == []


class TestTls:
    def test_believing_anybody_stands_in_the_evidence(self, tmp_path: Path) -> None:
        with PromptServer(host="127.0.0.1", ssl_context=Authority(tmp_path).server_context("web")) as server:
            server.expect_request("/").respond_with_data("ok")
            seen = observe(server.url_for("/"), tls={"verify": False})

        assert seen.health is Health.HEALTHY
        assert seen.evidence["doubts"] == [
            "tls: verify: false believes any certificate: whoever sits in between can answer for the server"
        ]

    def test_and_in_the_warnings_of_validate(self) -> None:
        verify = "{kind: http, url: 'https://a/', tls: {verify: false}, expect: {json: {v: '{release}'}}}"
        text = (
            "applications:\n  a: {strategy: {kind: directory, path: a, image: a}}\n"
            f"environments:\n  dev:\n    verify:\n      - {verify}\n"
        )

        (warning,) = warnings(load(text, file="promontory.yaml", vocabulary=VOCABULARY))

        assert str(warning).startswith(
            "promontory.yaml:6:9: environments.dev.verify[0]: tls: verify: false believes any"
        )


class TestBeforehand:
    def lint(self, **options: object) -> list[str]:
        found = asyncio.run(check("https://web.acme.example/", **options).lint(TARGET, facilities()))
        return [remark.message for remark in found]

    def test_what_can_be_asked_is_not_remarked(self) -> None:
        assert self.lint(headers={"X-Release": "{release}"}) == []

    def test_a_missing_token_is_an_error(self) -> None:
        with pytest.raises(UsageError, match=r"^there is no token for web.acme.example"):
            self.lint(authenticate=True)

    def test_a_missing_file_is_an_error(self) -> None:
        with pytest.raises(UsageError, match=r"/nowhere/ca\.pem cannot be read"):
            self.lint(tls={"ca": "/nowhere/ca.pem"})


class TestExpectations:
    def test_headers(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("ok", headers={"X-Version": "v1.3.0"})
        url = httpserver.url_for("/")

        good = observe(url, expect={"headers": {"x-version": "{release}"}})
        old = observe(url, Target(TARGET.place, "v1.4.0"), expect={"headers": {"X-Version": "{release}"}})

        assert (good.health, good.proven) == (Health.HEALTHY, True)
        assert good.reason.endswith(" ms, x-version v1.3.0")
        assert (old.health, old.reason) == (
            Health.PROGRESSING,
            "answers the header X-Version v1.3.0, not v1.4.0 yet",
        )
        assert observe(url, expect={"headers": {"X-Pod": "a"}}).reason == "the answer has no header X-Pod"

    def test_the_body(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("release v1.3.0: ready")
        url = httpserver.url_for("/")

        good = observe(url, expect={"body": {"matches": r"\b{release}\b"}})
        bad = observe(url, expect={"body": {"does_not_match": "ready"}})

        assert (good.health, good.proven) == (Health.HEALTHY, True)
        assert (bad.health, bad.reason) == (Health.UNHEALTHY, "the body holds ready, which matches ready")

    def test_json_paths(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_json({"pods": [{"v": "v1.3.0"}, {"v": "v1.2.0"}]})

        seen = observe(httpserver.url_for("/"), expect={"jsonpath": [{"path": "$.pods[*].v", "equals": "{release}"}]})

        assert (seen.health, seen.proven) == (Health.PROGRESSING, False)
        assert seen.reason == "$.pods[*].v finds v1.2.0, not v1.3.0 yet"

    @pytest.mark.parametrize(
        ("expect", "reason"),
        [
            ({"jsonpath": [{"path": "$.a"}]}, "the answer is not JSON, but text/plain"),
            ({"body": {"matches": "x", "does_not_match": "y"}}, "the body does not match x"),
        ],
    )
    def test_what_is_not_json(self, httpserver: HTTPServer, expect: dict[str, object], reason: str) -> None:
        httpserver.expect_request("/").respond_with_data("ok", content_type="text/plain")

        assert observe(httpserver.url_for("/"), expect=expect).reason == reason

    def test_a_body_that_is_too_large_is_not_searched(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("x" * 1_000_001)

        seen = observe(httpserver.url_for("/"), expect={"body": {"does_not_match": "error"}})

        assert seen.reason == "the answer is larger than 1 MB, too large to be searched"

    @pytest.mark.parametrize(
        "expect",
        [
            {"headers": {"X-Version": "{release}"}},
            {"body": {"matches": "{release}"}},
            {"jsonpath": [{"path": "$.v", "equals": "{release}"}]},
            {"jsonpath": [{"path": "$.v", "matches": "^{release}$"}]},
        ],
    )
    def test_what_names_the_release_proves_it(self, expect: dict[str, object]) -> None:
        assert check("https://a/", expect=expect).proves_release

    def test_what_must_not_be_there_proves_nothing(self) -> None:
        assert not check("https://a/", expect={"body": {"does_not_match": "{release}"}}).proves_release


class Pods:
    """Answers in turn, when so many are ``together``; counts how many are asked at once."""

    def __init__(self, *answers: tuple[int, str], seconds: float = 0.0, together: int = 1) -> None:
        self._answers, self._seconds = answers, seconds
        self._meeting = threading.Barrier(together, timeout=30)
        self._lock = threading.Lock()
        self.asked = self.now = self.most = 0

    def __call__(self, request: Request) -> Response:
        with self._lock:
            status, body = self._answers[self.asked % len(self._answers)]
            self.asked, self.now = self.asked + 1, self.now + 1
            self.most = max(self.most, self.now)
        self._meeting.wait()
        time.sleep(self._seconds)
        with self._lock:
            self.now -= 1
        return Response(body, status)


NEW, OLD, BROKEN = (200, '{"v": "v1.3.0"}'), (200, '{"v": "v1.2.0"}'), (500, "oops")
VERSION = {"json": {"v": "{release}"}}


@pytest.fixture(scope="module")
def busy() -> object:
    with PromptServer(host="127.0.0.1", threaded=True) as server:
        yield server


class TestManyRequests:
    def ask(self, server: HTTPServer, pods: Pods, requests: int = 20, **expect: object) -> Observation:
        server.clear()
        server.expect_request("/").respond_with_handler(pods)
        return observe(server.url_for("/"), requests=requests, expect={**VERSION, **expect})

    def test_so_many_are_asked_and_five_side_by_side_at_most(self, busy: HTTPServer) -> None:
        pods = Pods(NEW, together=5)

        seen = self.ask(busy, pods)

        assert (pods.asked, pods.most) == (20, 5)
        assert (seen.health, seen.proven) == (Health.HEALTHY, True)
        assert seen.reason.startswith("20 of 20 answers are good, p50 ")
        assert (seen.evidence["requests"], seen.evidence["good"]) == (20, 20)
        assert seen.evidence["statuses"] == {"200": 20}
        assert set(seen.evidence["latency"]) == {"p50", "p95", "p99", "max"}  # type: ignore[call-overload]

    def test_one_old_pod_among_new_ones_is_waited_for(self, busy: HTTPServer) -> None:
        seen = self.ask(busy, Pods(NEW, NEW, NEW, OLD))

        assert (seen.health, seen.proven) == (Health.PROGRESSING, False)
        assert seen.reason == "15 of 20 answers are good, not 100%: answers v v1.2.0, not v1.3.0 yet (5 times)"

    def test_errors_are_unhealthy_and_the_most_frequent_is_told(self, busy: HTTPServer) -> None:
        seen = self.ask(busy, Pods(NEW, BROKEN, OLD, BROKEN))

        assert seen.health is Health.UNHEALTHY
        assert seen.reason == "5 of 20 answers are good, not 100%: answers 500, not 200 (10 times)"
        assert seen.evidence["first_bad_answer"] != {}

    @pytest.mark.parametrize(("share", "health"), [("75%", Health.HEALTHY), ("75.1%", Health.UNHEALTHY)])
    def test_a_share_of_successes_can_be_enough(self, busy: HTTPServer, share: str, health: Health) -> None:
        seen = self.ask(busy, Pods(NEW, NEW, NEW, BROKEN), success=share)

        assert (seen.health, seen.proven) == (health, False)

    def test_a_percentile_that_is_too_slow(self, busy: HTTPServer) -> None:
        seen = self.ask(busy, Pods(NEW, seconds=0.05), latency={"p50": "10s", "p95": "20ms"})

        assert seen.health is Health.UNHEALTHY
        assert seen.reason.startswith("p95 of 20 is ")
        assert seen.reason.endswith(" ms, not within 20ms")

    def test_what_no_request_can_do_is_told_once(self) -> None:
        with pytest.raises(UsageError, match=r"^the authorities in /nowhere/ca\.pem cannot be read"):
            observe("https://127.0.0.1:9/", requests=3, tls={"ca": "/nowhere/ca.pem"})

    def test_nobody_there_is_no_answer(self) -> None:
        with pytest.raises(TransientError, match=r"^none of 3 requests was answered: connection refused$"):
            observe("http://127.0.0.1:9/", requests=3)


class TestLatency:
    def test_percentiles_are_by_nearest_rank(self) -> None:
        hundred = [number / 1000 for number in range(1, 101)]

        assert [percentile(name, hundred) for name in ("p50", "p95", "p99", "p99.9", "max")] == [
            0.05,
            0.095,
            0.099,
            0.1,
            0.1,
        ]
        assert [percentile(name, [3.0, 1.0, 2.0]) for name in ("p1", "p50", "max")] == [1.0, 2.0, 3.0]

    def test_what_was_not_answered_took_for_ever(self) -> None:
        bounds = {"p50": parse_duration("1s"), "p95": parse_duration("1s")}

        assert too_slow(bounds, [0.1] * 9 + [math.inf]) == "p95 of 10 is no answer at all, not within 1s"
        assert too_slow({"p50": parse_duration("1s")}, [0.1] * 9 + [math.inf]) == ""
        assert too_slow({"max": parse_duration("1s")}, [2.0, 1.0]) == "the slowest of 2 is 2000 ms, not within 1s"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"headers": {"Authorization": "Bearer x"}}, "Authorization holds a secret, which does not belong into"),
        ({"headers": {"cookie": "a=b"}}, "cookie holds a secret"),
        ({"headers": {"X-API-Key": "x"}}, "write authenticate: true, which sends the server's token of PROMONTORY_"),
        ({"headers": {"Content-Length": "3"}}, "Content-Length follows from the request, and cannot be set"),
        ({"headers": {"X Y": "3"}}, "should match pattern"),
        ({"headers": {"X": "a\nb"}}, "a header holds printable ASCII characters only"),
        ({"headers": {"X": "{tag}"}}, "unknown placeholder {tag}"),
        ({"url": "http://a/", "authenticate": True}, "authenticate: true wants https: a token would travel in the"),
        ({"url": "http://a/", "tls": {"ca": "/ca"}}, "tls: means nothing for an http URL"),
        ({"method": "HEAD", "body": "x"}, "a HEAD request has no body"),
        ({"method": "BREW"}, "Input should be 'GET'"),
        ({"expect": {"latency": {"p95": "1s"}}}, "percentiles and a share of successes are about several requests"),
        ({"expect": {"success": "99%"}}, "percentiles and a share of successes are about several requests"),
        ({"requests": 5, "expect": {"success": "101%"}}, "should match pattern"),
        ({"requests": 5, "expect": {"success": 99}}, "should be a valid string"),
        ({"requests": 5, "expect": {"latency": {"p100": "1s"}}}, "should match pattern"),
        ({"requests": 5, "expect": {"latency": "soon"}}, "'soon' is not a duration"),
        ({"requests": 0}, "greater than or equal to 1"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HttpCheck.model_validate({"kind": "http", "url": "https://a/", **options})

"""The http check against real servers, well-behaved ones and others."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory import __version__
from promontory.checks.http import HttpCheck
from promontory.errors import TransientError
from promontory.health import Health, Observation
from promontory.model import Place
from promontory.options import Target
from tests.checks.surroundings import facilities

RELEASE = "v1.3.0"
TARGET = Target(Place("web-app", "staging"), RELEASE)
VERSION = {"json": {"version": "{release}"}}


def observe(url: str, target: Target = TARGET, **options: object) -> Observation:
    check = HttpCheck.model_validate({"kind": "http", "url": url, **options})
    return asyncio.run(check.observe(target, facilities()))


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does to each connection what no decent HTTP server would."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(BrokenPipeError, ConnectionResetError):
                    connection.recv(65536)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/version"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class TestGoodAnswers:
    def test_status_200_is_healthy_but_proves_nothing(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/healthz").respond_with_data("ok")

        seen = observe(httpserver.url_for("/healthz"))

        assert (seen.health, seen.proven) == (Health.HEALTHY, False)
        assert seen.reason.startswith("200 in ")

    def test_the_release_in_a_field_proves_it(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/version").respond_with_json({"version": RELEASE, "ready": True})

        seen = observe(httpserver.url_for("/version"), expect={"json": {"version": "{release}", "ready": True}})

        assert (seen.health, seen.proven) == (Health.HEALTHY, True)
        assert seen.reason.endswith(" ms, version v1.3.0, ready true")
        assert seen.evidence["fields"] == {"version": RELEASE, "ready": True}
        assert seen.evidence["status"] == 200
        assert 0 < seen.evidence["latency"] < 5  # type: ignore[operator]

    def test_one_of_several_statuses_is_enough(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("", status=204)

        assert observe(httpserver.url_for("/"), expect={"status": [200, 204]}).health is Health.HEALTHY

    def test_nested_fields_list_items_and_dotted_keys_are_found(self, httpserver: HTTPServer) -> None:
        document = {"pods": [{"image": {"tag": RELEASE}}], "acme.example/name": "web-app"}
        httpserver.expect_request("/").respond_with_json(document)
        fields = {"pods.0.image.tag": "{release}", "acme.example/name": "{application}"}

        assert observe(httpserver.url_for("/"), expect={"json": fields}).proven

    def test_placeholders_in_the_url_are_percent_encoded(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/staging/version", query_string="r=v1%2Bb%40sha256%3Aab").respond_with_data("ok")
        target = Target(TARGET.place, "v1+b@sha256:ab")

        seen = observe(httpserver.url_for("/{environment}/version?r={release}"), target)

        assert seen.health is Health.HEALTHY

    def test_a_server_on_this_machine_is_not_asked_through_a_proxy(
        self, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
        httpserver.expect_request("/healthz").respond_with_data("ok")

        assert observe(httpserver.url_for("/healthz")).health is Health.HEALTHY

    def test_the_request_names_promontory_and_carries_no_cookies(self, httpserver: HTTPServer) -> None:
        received: list[Request] = []

        def handler(request: Request) -> Response:
            received.append(request)
            return Response("", 302, {"Location": "/b", "Set-Cookie": "sticky=pod-1"})

        httpserver.expect_request("/a").respond_with_handler(handler)
        httpserver.expect_request("/b").respond_with_handler(lambda request: received.append(request) or Response("ok"))

        observe(httpserver.url_for("/a"))

        assert [request.headers["User-Agent"] for request in received] == [f"promontory/{__version__}"] * 2
        assert "Cookie" not in received[1].headers


class TestWrongAnswers:
    def test_the_old_release_is_progress(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/version").respond_with_json({"version": "v1.2.0"})

        seen = observe(httpserver.url_for("/version"), expect=VERSION)

        assert (seen.health, seen.proven, seen.final) == (Health.PROGRESSING, False, False)
        assert seen.reason == "answers version v1.2.0, not v1.3.0 yet"

    def test_a_wrong_status_is_unhealthy_and_says_which_release_answers(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/version").respond_with_json({"version": RELEASE}, status=500)

        seen = observe(httpserver.url_for("/version"), expect=VERSION)

        assert (seen.health, seen.final) == (Health.UNHEALTHY, False)
        assert seen.reason == "answers 500, not 200 (version v1.3.0)"

    @pytest.mark.parametrize(
        ("document", "fields", "reason"),
        [
            ({"ready": False}, {"ready": True}, "answers ready false, not true"),
            ({"ready": 1}, {"ready": True}, "answers ready 1, not true (a number, not a boolean)"),
            ({"version": 1}, {"version": "{release}"}, "answers version 1, not v1.3.0 (a number, not a string)"),
            ({"version": "v1.2.0", "up": 0}, {"version": "{release}", "up": 1}, "answers up 0, not 1"),
            ({"a": {"b": 1}}, {"a.c": 1}, "the answer has no field a.c"),
            ([1], {"1": 1}, "the answer has no field 1"),
            ("ok", {"version": "{release}"}, "the answer is ok, not a JSON object with fields"),
            ({"v": "\x1b[2J" + "x" * 200}, {"v": "1"}, 'answers v "\\u001b[2J' + "x" * 69 + "…, not 1"),
        ],
    )
    def test_wrong_fields_are_named(
        self, httpserver: HTTPServer, document: object, fields: dict[str, object], reason: str
    ) -> None:
        httpserver.expect_request("/").respond_with_json(document)

        seen = observe(httpserver.url_for("/"), expect={"json": fields})

        assert (seen.health, seen.reason, seen.proven) == (Health.UNHEALTHY, reason, False)

    @pytest.mark.parametrize("body", ["<html>Log in</html>", "", "[" * 200_000, b"\xff\xfe\x00"])
    def test_what_is_not_json_is_named_by_its_type(self, httpserver: HTTPServer, body: str | bytes) -> None:
        httpserver.expect_request("/").respond_with_data(body, content_type="text/html; charset=utf-8")

        seen = observe(httpserver.url_for("/"), expect=VERSION)

        assert (seen.health, seen.reason) == (Health.UNHEALTHY, "the answer is not JSON, but text/html")

    def test_json_of_another_declared_type_is_still_json(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data(json.dumps({"version": RELEASE}), content_type="text/plain")

        assert observe(httpserver.url_for("/"), expect=VERSION).proven

    def test_a_slow_answer_breaks_the_latency_bound(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_handler(lambda _: time.sleep(0.1) or Response("ok"))

        seen = observe(httpserver.url_for("/"), expect={"latency": "50ms"})

        assert seen.health is Health.UNHEALTHY
        assert seen.reason.endswith(" ms, not within 50ms")

    def test_a_huge_body_is_not_read(self, httpserver: HTTPServer) -> None:
        chunks_sent = []

        def endless() -> Iterator[bytes]:
            for number in range(1000):
                chunks_sent.append(number)
                yield b"x" * 100_000

        httpserver.expect_request("/").respond_with_handler(lambda _: Response(endless()))

        seen = observe(httpserver.url_for("/"), expect=VERSION)

        assert seen.reason == "the answer is larger than 1 MB, too large to look for JSON in it"
        assert len(chunks_sent) < 500


class TestComeAgain:
    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after_in_seconds_is_progress(self, httpserver: HTTPServer, status: int) -> None:
        httpserver.expect_request("/").respond_with_data("", status=status, headers={"Retry-After": "7"})

        seen = observe(httpserver.url_for("/"))

        assert (seen.health, seen.retry_after) == (Health.PROGRESSING, 7.0)
        assert seen.reason == f"answers {status}, not 200; asks to come again in 7s"

    def test_retry_after_as_a_date(self, httpserver: HTTPServer) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        httpserver.expect_request("/").respond_with_data("", status=503, headers={"Retry-After": date})

        retry_after = observe(httpserver.url_for("/")).retry_after

        assert retry_after is not None
        assert 25 < retry_after <= 30

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("9" * 400, 300.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None), ("-5", None), ("", None)],
    )
    def test_retry_after_is_bounded_and_never_trusted(
        self, httpserver: HTTPServer, text: str, seconds: float | None
    ) -> None:
        httpserver.expect_request("/").respond_with_data("", status=503, headers={"Retry-After": text})

        assert observe(httpserver.url_for("/")).retry_after == seconds

    def test_503_without_retry_after_is_unhealthy(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("", status=503)

        assert observe(httpserver.url_for("/")).health is Health.UNHEALTHY


class TestRedirects:
    def test_five_are_followed(self, httpserver: HTTPServer) -> None:
        for hop in range(5):
            httpserver.expect_request(f"/{hop}").respond_with_data("", 302, {"Location": f"/{hop + 1}"})
        httpserver.expect_request("/5").respond_with_data("ok")

        seen = observe(httpserver.url_for("/0"))

        assert seen.health is Health.HEALTHY
        assert seen.evidence["url"] == httpserver.url_for("/5")

    def test_a_sixth_is_not(self, httpserver: HTTPServer) -> None:
        for hop in range(6):
            httpserver.expect_request(f"/{hop}").respond_with_data("", 302, {"Location": f"/{hop + 1}"})

        seen = observe(httpserver.url_for("/0"))

        assert seen.health is Health.UNHEALTHY
        assert seen.reason == f"redirects more than 5 times, at last to {httpserver.url_for('/6')}"

    def test_a_loop_is_named(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/a").respond_with_data("", 302, {"Location": "/b"})
        httpserver.expect_request("/b").respond_with_data("", 302, {"Location": "/a"})

        seen = observe(httpserver.url_for("/a"))

        assert (seen.health, seen.final) == (Health.UNHEALTHY, False)
        assert seen.reason == f"redirects in a loop, back to {httpserver.url_for('/a')}"

    def test_an_expected_redirect_is_not_followed(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("", 302, {"Location": "/login"})

        assert observe(httpserver.url_for("/"), expect={"status": 302}).health is Health.HEALTHY

    def test_only_http_is_followed(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/").respond_with_data("", 302, {"Location": "file:///etc/passwd"})

        seen = observe(httpserver.url_for("/"))

        assert seen.health is Health.UNHEALTHY
        assert seen.reason.startswith("redirects to what is not HTTP")


class TestNoAnswer:
    def test_refused(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]

        with pytest.raises(TransientError, match=r"^connection refused$"):
            observe(f"http://127.0.0.1:{port}/")

    def test_reset_in_the_middle_of_the_body(self) -> None:
        def half(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.05)
            reset(connection)

        with raw_server(half) as url, pytest.raises(TransientError, match="connection reset"):
            observe(url)

    def test_a_body_cut_short(self) -> None:
        with (
            raw_server(lambda it: it.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")) as url,
            pytest.raises(TransientError, match="without sending complete message body"),
        ):
            observe(url)

    def test_not_http_at_all(self) -> None:
        with raw_server(lambda it: it.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")) as url, pytest.raises(TransientError):
            observe(url)

    def test_never_answers(self) -> None:
        with (
            raw_server(lambda it: time.sleep(0.5)) as url,
            pytest.raises(TransientError, match=r"^no answer within 100ms$"),
        ):
            observe(url, timeout="100ms")

    def test_a_body_that_drips_is_bounded_as_a_whole(self) -> None:
        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(20):
                time.sleep(0.03)
                connection.send(b"x")

        with raw_server(drip) as url, pytest.raises(TransientError, match="no answer within 200ms"):
            observe(url, timeout="200ms")

    def test_tls_failures_are_said(self, httpserver: HTTPServer) -> None:
        with pytest.raises(TransientError, match=r"^TLS failed: "):
            observe(httpserver.url_for("/").replace("http://", "https://"))

    def test_an_unknown_host_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "*")
        with pytest.raises(TransientError, match="cannot be resolved"):
            observe("http://nowhere.invalid/")


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"url": "ftp://host/"}, "is not an http or https URL"),
            ({"url": "/version"}, "is not an http or https URL"),
            ({"url": "http://"}, "names no host"),
            ({"url": "http://alice:secret@host/"}, "does not belong into a URL"),
            ({"url": "http://host:port/"}, "Port could not be cast"),
            ({"url": "http://{host}/"}, "unknown placeholder {host}"),
            ({"url": "http://host/", "expect": {"json": {"version": "{tag}"}}}, "unknown placeholder {tag}"),
            ({"url": "http://host/", "expect": {"status": 99}}, "greater than or equal to 100"),
            ({"url": "http://host/", "expect": {"status": []}}, "at least 1 item"),
            ({"url": "http://host/", "expect": {"text": "ok"}}, "Extra inputs are not permitted"),
            ({"url": "http://host/", "timeout": "5"}, "is not a duration"),
            (
                {"url": "http://host/", "consecutive": 3, "interval": "1m", "deadline": "2m"},
                "3 looks, one every 1m, do not fit into the deadline of 2m",
            ),
        ],
    )
    def test_bad_options_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError, match=message):
            HttpCheck.model_validate({"kind": "http", **options})

    def test_the_label_holds_no_query(self) -> None:
        check = HttpCheck(kind="http", url="https://{application}.example/healthz?token=secret#top")

        assert check.label == "https://{application}.example/healthz"

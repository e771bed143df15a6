"""Channels carry messages to real servers, or say why they cannot, without a word of what is secret."""

from __future__ import annotations

import asyncio
import email.policy
import hmac
import json
import logging
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from itertools import repeat
from typing import Any

import pytest
from apprise.plugins.slack import NotifySlack
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.clock import SystemClock
from promontory.notifications.contract import Means, Message
from promontory.notifications.delivering import PAUSES, deliver, deliver_once
from tests.notifications.events import HOSTILE, channel, message

NAME, SECRET = "PROMONTORY_NOTIFY_OPS", "s3cr3t-t0ken"
SHORT = timedelta(milliseconds=300)


class Impatient(SystemClock):
    """Sleeps are counted, not slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def send(kind: str, url: str, told: Message | None = None, **options: str) -> str:
    means = Means({NAME: url, "PROMONTORY_NOTIFY_KEY": SECRET})
    return asyncio.run(deliver_once(channel(kind, url_from=NAME, **options), told or message(), means))


def with_retries(kind: str, url: str) -> tuple[str, list[float]]:
    clock = Impatient()
    why = asyncio.run(deliver(channel(kind, url_from=NAME), message(), Means({NAME: url}), clock))
    return why, clock.slept


def address(server: HTTPServer, scheme: str) -> str:
    return f"{scheme}://ops:{SECRET}@{server.host}:{server.port}/hook/{SECRET}"


def test_apprise_brings_title_and_text(httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"/hook/{SECRET}", method="POST").respond_with_data("ok")

    assert send("apprise", address(httpserver, "json")) == ""

    told = httpserver.log[0][0].get_json()
    assert told["title"] == "Approval wanted: web-app v1.3.0 → production"
    assert "promontory approve 0733db647238" in told["message"].splitlines()
    assert "Run: https://prefect.acme.example/runs/flow-run/1" in told["message"].splitlines()
    assert "Changes: 1 file, +1 -1 lines: apps/web-app/kustomization.yaml" in told["message"].splitlines()
    assert told["type"] == "warning"


@pytest.fixture
def slack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """Slack, whose address is in Apprise."""
    monkeypatch.setattr(NotifySlack, "webhook_url", httpserver.url_for("/slack"))
    httpserver.expect_request(f"/slack/T1JJ3T3L2/A1BRTD4JD/{'x' * 24}").respond_with_data("ok")
    return httpserver


SLACK = f"slack://T1JJ3T3L2/A1BRTD4JD/{'x' * 24}"


@pytest.mark.parametrize("query", ["", "?blocks=yes", "?format=text"])
@pytest.mark.parametrize("field", ["reason", "release", "by", "application", "owner"])
def test_nothing_from_outside_pings_people_in_slack(slack: HTTPServer, field: str, query: str) -> None:
    assert send("apprise", SLACK + query, message(**{"word": "rejected", field: HOSTILE})) == ""

    told = json.dumps(slack.log[0][0].get_json(), ensure_ascii=False)
    assert "<!" not in told
    assert "<@" not in told
    assert "@everyone" not in told
    assert "@here" not in told
    assert "](https://evil.example" not in told
    assert "|see>" not in told


def test_slack_shows_commands_and_links(slack: HTTPServer) -> None:
    assert send("apprise", SLACK) == ""

    (attachment,) = slack.log[0][0].get_json()["attachments"]
    assert "`promontory approve 0733db647238`" in attachment["text"]
    assert "*Run:* <https://prefect.acme.example/runs/flow-run/1|" in attachment["text"]


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as it takes to accept a mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture
def mail_server() -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.mails = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def test_mail_is_html_in_which_nothing_from_outside_is_a_tag(mail_server: Any) -> None:
    url = f"mailto://127.0.0.1:{mail_server.server_address[1]}?from=promontory@acme.example&to=ops@acme.example"

    assert send("apprise", url, message(word="rejected", reason=HOSTILE)) == ""

    mail = email.message_from_bytes(mail_server.mails[0], policy=email.policy.default)
    assert mail["subject"] == "Rejected: web-app v1.3.0 → production"
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in html
    assert "script&gt;" in html
    assert "<b>Why:</b>" in html


def test_a_webhook_gets_the_event_and_can_tell_that_it_is_ours(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    told = message(word="held", reason=HOSTILE)

    assert send("webhook", httpserver.url_for("/hook"), told, secret_from="PROMONTORY_NOTIFY_KEY") == ""

    request = httpserver.log[0][0]
    body = request.get_data()
    assert request.headers["X-Promontory-Signature"] == f"sha256={hmac.new(SECRET.encode(), body, sha256).hexdigest()}"
    assert request.headers["X-Promontory-Event"] == "held"
    document = json.loads(body)
    assert (document["word"], document["environment"], document["release"]) == ("held", "production", "v1.3.0")
    assert document["reason"] == HOSTILE, "a program gets it as it is"
    assert document["id"] == told.event.id
    assert document["diff"]["paths"] == ["apps/web-app/kustomization.yaml"]


@pytest.mark.parametrize("kind", ["apprise", "webhook"])
def test_trouble_of_the_server_is_tried_again(httpserver: HTTPServer, kind: str) -> None:
    scheme = "json" if kind == "apprise" else "http"
    httpserver.expect_oneshot_request(f"/hook/{SECRET}").respond_with_data("no", 500)
    httpserver.expect_request(f"/hook/{SECRET}").respond_with_data("ok")

    assert with_retries(kind, address(httpserver, scheme)) == ("", [PAUSES[0]])


@pytest.mark.parametrize("kind", ["apprise", "webhook"])
def test_it_is_given_up_after_four_attempts_and_says_why_without_the_address(
    httpserver: HTTPServer, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scheme = "json" if kind == "apprise" else "http"
    httpserver.expect_request(f"/hook/{SECRET}").respond_with_data(f"no {SECRET}", 503)

    why, slept = with_retries(kind, address(httpserver, scheme))

    assert "503" in why
    assert "4 attempts" in why
    assert slept == list(PAUSES)
    assert len(httpserver.log) == 4
    ours = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # that is the server
    assert SECRET not in f"{why}{ours}"


def test_how_long_to_wait_is_for_the_server_to_say(httpserver: HTTPServer) -> None:
    httpserver.expect_oneshot_request("/hook").respond_with_data("", 429, {"Retry-After": "20"})
    httpserver.expect_request("/hook").respond_with_data("ok")

    assert with_retries("webhook", httpserver.url_for("/hook")) == ("", [20.0])


def test_what_is_refused_for_good_is_not_tried_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("", 404)

    assert with_retries("webhook", httpserver.url_for("/hook")) == ("it answers 404", [])


@pytest.mark.parametrize("kind", ["apprise", "webhook"])
def test_a_redirect_takes_nothing_elsewhere(httpserver: HTTPServer, kind: str) -> None:
    scheme = "json" if kind == "apprise" else "http"
    elsewhere = httpserver.url_for("/elsewhere")
    httpserver.expect_request(f"/hook/{SECRET}").respond_with_data("", 307, {"Location": elsewhere})
    httpserver.expect_request("/elsewhere").respond_with_data("ok")

    assert "307" in send(kind, address(httpserver, scheme))
    assert [request.path for request, _ in httpserver.log] == [f"/hook/{SECRET}"]


@pytest.mark.parametrize("kind", ["apprise", "webhook"])
def test_nobody_there(kind: str, unused_port: int) -> None:
    scheme = "json" if kind == "apprise" else "http"

    why = send(kind, f"{scheme}://ops:{SECRET}@127.0.0.1:{unused_port}/{SECRET}")

    assert why
    assert SECRET not in why
    assert "127.0.0.1" not in why, "of some services the host is a token"


@pytest.fixture
def unused_port() -> int:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        return int(server.server_address[1])


@pytest.mark.parametrize("kind", ["apprise", "webhook"])
def test_a_server_that_hangs_is_left_alone(httpserver: HTTPServer, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def hang(_: Request) -> Response:
        let_go.wait(10)
        return Response("late")

    monkeypatch.setattr("promontory.notifications.delivering._ATTEMPT", SHORT)
    httpserver.expect_request(f"/hook/{SECRET}").respond_with_handler(hang)

    assert send(kind, address(httpserver, "json" if kind == "apprise" else "http")) == "it did not answer in time"
    let_go.set()


def test_an_answer_without_an_end_is_not_read(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = repeat(b"x" * 1000)
    monkeypatch.setattr("promontory.notifications.delivering._ATTEMPT", timedelta(seconds=5))
    httpserver.expect_request("/hook").respond_with_handler(lambda _: Response(endless))

    assert send("webhook", httpserver.url_for("/hook")) == ""


@pytest.mark.parametrize(
    "url", ["", "no address", "nosuch://here", "json://one.example, json://two.example", "ftp://here", "json://"]
)
def test_an_address_that_is_none_is_told_by_the_name_of_its_variable(url: str) -> None:
    for kind in ("apprise", "webhook"):
        why = send(kind, url)

        assert NAME in why
        assert not url or url not in why


def test_a_block_needs_a_prefect() -> None:
    told = asyncio.run(deliver_once(channel("prefect-block", block="slack-webhook/ops"), message(), Means({})))

    assert told == "there is no Prefect server to ask for the block"


def test_what_goes_wrong_unexpectedly_says_no_secret() -> None:
    async def explode(*_: str) -> None:
        raise RuntimeError(SECRET)

    means = Means({}, explode)

    why = asyncio.run(deliver_once(channel("prefect-block", block="slack-webhook/ops"), message(), means))

    assert why == "unexpected error: RuntimeError"

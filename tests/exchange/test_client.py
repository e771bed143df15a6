"""What one exchange sends, and to whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.exchange import client
from promontory.exchange.answer import Answer, Refused
from promontory.exchange.call import Call
from promontory.exchange.tls import Tls
from tests.exchange.certificates import Authority
from tests.servers import PromptServer

PATIENCE = timedelta(seconds=30)


def ask(call: Call, **options: int) -> Answer:
    return asyncio.run(client.fetch(call, PATIENCE, **options))


@pytest.fixture
def received() -> list[Request]:
    return []


@pytest.fixture
def servers(received: list[Request]) -> object:
    """Two: what the first is asked leads to the second."""
    with PromptServer(host="127.0.0.1") as first, PromptServer(host="127.0.0.1") as second:

        def lead(request: Request) -> Response:
            received.append(request)
            return Response("", int(request.path[1:]), {"Location": second.url_for("/end")})

        def end(request: Request) -> Response:
            request.get_data()
            received.append(request)
            return Response("ok")

        first.expect_request("/home").respond_with_handler(
            lambda request: received.append(request) or Response("", 307, {"Location": "/end"})
        )
        first.expect_request("/end").respond_with_handler(end)
        second.expect_request("/end").respond_with_handler(end)
        for status in (302, 303, 307):
            first.expect_request(f"/{status}").respond_with_handler(lead)
        yield first


def call(server: HTTPServer, path: str, **options: object) -> Call:
    return Call(server.url_for(path), headers={"X-Team": "web"}, token="hunter2", **options)  # type: ignore[arg-type]


def test_headers_token_and_body_stay_with_the_server_that_was_named(
    servers: HTTPServer, received: list[Request]
) -> None:
    ask(call(servers, "/home", method="POST", content=b"{}"))

    assert [request.method for request in received] == ["POST", "POST"]
    assert [request.headers["Authorization"] for request in received] == ["Bearer hunter2"] * 2
    assert [request.headers["X-Team"] for request in received] == ["web"] * 2
    assert received[1].get_data() == b"{}"


@pytest.mark.parametrize("path", ["/302", "/303", "/307"])
def test_a_redirect_to_another_server_takes_neither_token_nor_headers_along(
    servers: HTTPServer, received: list[Request], path: str
) -> None:
    ask(call(servers, path))

    assert received[0].headers["Authorization"] == "Bearer hunter2"
    assert "Authorization" not in received[1].headers
    assert "X-Team" not in received[1].headers


def test_a_body_is_not_sent_to_another_server(servers: HTTPServer, received: list[Request]) -> None:
    with pytest.raises(Refused, match=r"^redirects a POST to another server, http://127.0.0.1:\d+/end, which is not"):
        ask(call(servers, "/307", method="POST", content=b"{}"))

    assert len(received) == 1


def test_a_post_that_is_told_to_look_elsewhere_becomes_a_get(servers: HTTPServer, received: list[Request]) -> None:
    ask(call(servers, "/303", method="POST", content=b"{}"))

    assert (received[1].method, received[1].get_data()) == ("GET", b"")


def test_trust_in_one_server_is_not_trust_in_another(tmp_path: Path) -> None:
    context = Authority(tmp_path).server_context("127.0.0.1")
    with (
        PromptServer(host="127.0.0.1", ssl_context=context) as other,
        PromptServer(host="127.0.0.1", ssl_context=context) as server,
    ):
        other.expect_request("/").respond_with_data("ok")
        server.expect_request("/").respond_with_data("", 302, {"Location": other.url_for("/")})

        with pytest.raises(client.TransientError, match="TLS failed"):
            ask(Call(server.url_for("/"), tls=Tls(verify=False)))


def test_as_much_of_an_answer_is_read_as_asked_for(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("x" * 1000)

    answer = ask(Call(httpserver.url_for("/")), most_bytes=10)

    assert (answer.body, answer.cut) == (b"x" * 10, True)


def test_a_step_down_from_https_is_not_followed() -> None:
    with pytest.raises(Refused, match=r"^redirects from https to http://b/, which is not followed$"):
        client._refuse_redirect([httpx.URL("https://a/")], httpx.Request("GET", "http://b/?token=secret"))


def test_a_token_is_not_shown() -> None:
    assert "hunter2" not in repr(Call("https://a/", token="hunter2"))


def test_a_token_that_the_server_quotes_is_nowhere_in_the_answer(httpserver: HTTPServer) -> None:
    def echo(request: Request) -> Response:
        sent = request.headers["Authorization"]
        return Response(f'{{"error": "bad {sent}"}}', 401, {"X-Sent": sent})

    httpserver.expect_request("/").respond_with_handler(echo)
    httpserver.expect_request("/loop").respond_with_data(status=302, headers={"Location": "/to/s3cret-token"})
    httpserver.expect_request("/to/s3cret-token").respond_with_data(
        status=302, headers={"Location": "/to/s3cret-token"}
    )

    answer = ask(Call(httpserver.url_for("/"), token="s3cret-token"))
    with pytest.raises(Refused, match=r"redirects in a loop") as refused:
        ask(Call(httpserver.url_for("/loop"), token="s3cret-token"))

    assert answer.body == b'{"error": "bad Bearer ***"}'
    assert answer.headers["x-sent"] == "Bearer ***"
    assert "s3cret" not in str(refused.value)

"""Listing the tags of an image: whatever the registry's way of paging, bounded, and no credentials go astray."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.errors import AuthenticationFailed, PromontoryError, TransientError, UsageError
from promontory.releases.challenge import Credentials
from promontory.releases.distribution import open_image
from promontory.releases.tag_list import LARGEST_PAGE, MOST_PAGES, PATIENCE, list_tags
from tests.releases.registries import LIST, NAME, PagedRegistry, listed, numbered


@pytest.fixture(autouse=True)
def anonymous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMONTORY_REGISTRY_USERNAME", raising=False)
    monkeypatch.delenv("PROMONTORY_REGISTRY_PASSWORD", raising=False)


def patient(server: HTTPServer) -> tuple[tuple[str, ...], list[float]]:
    """The tags, and the seconds that were waited for them."""
    waited: list[float] = []
    with open_image(f"localhost:{server.port}", NAME, Credentials()) as image:
        return list_tags(image, waited.append), waited


def answering(server: HTTPServer, body: object, **more: object) -> None:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    server.expect_request(LIST).respond_with_data(text, content_type="application/json", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("link", ["relative", "absolute", "none"])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 3000])
def test_every_page_is_read_however_the_next_one_is_named(httpserver: HTTPServer, link: str, count: int) -> None:
    PagedRegistry(httpserver, numbered(count), link)

    assert listed(httpserver) == tuple(numbered(count))


def test_a_registry_may_send_fewer_than_it_is_asked_for(httpserver: HTTPServer) -> None:
    registry = PagedRegistry(httpserver, numbered(250), page=100)

    assert listed(httpserver) == tuple(numbered(250))
    assert len(registry.asked) == 3


def test_fifty_thousand_tags_are_read_in_fifty_requests(httpserver: HTTPServer) -> None:
    registry = PagedRegistry(httpserver, numbered(50_000))

    assert listed(httpserver) == tuple(numbered(50_000))
    assert len(registry.asked) == 50


def test_a_registry_that_ignores_the_page_sends_everything_at_once(httpserver: HTTPServer) -> None:
    answering(httpserver, {"tags": numbered(50_000)})

    assert len(listed(httpserver)) == 50_000
    assert len(httpserver.log) == 1


def test_a_registry_that_sends_a_full_page_and_ignores_last_is_asked_once_more_only(httpserver: HTTPServer) -> None:
    answering(httpserver, {"tags": numbered(1000)})

    assert listed(httpserver) == tuple(numbered(1000))
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("status", [400, 404])
def test_a_registry_that_refuses_last_has_said_all_before(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_ordered_request(LIST, query_string="n=1000").respond_with_json({"tags": numbered(1000)})
    httpserver.expect_ordered_request(LIST).respond_with_data(status=status)

    assert len(listed(httpserver)) == 1000


def test_a_registry_that_knows_last_may_not_forget_it(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request(LIST).respond_with_json({"tags": numbered(1000)})
    httpserver.expect_ordered_request(LIST).respond_with_json({"tags": numbered(2000)[1000:]})
    httpserver.expect_ordered_request(LIST).respond_with_data(status=404)

    with pytest.raises(UsageError, match="has no image acme/web-app"):
        listed(httpserver)


def test_a_list_that_breaks_off_is_no_list(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request(LIST, query_string="n=1000").respond_with_json({"tags": numbered(1000)})
    httpserver.expect_ordered_request(LIST).respond_with_data(status=500)

    with pytest.raises(TransientError, match="answered HTTP 500"):
        listed(httpserver)


def test_tags_that_cannot_be_releases_are_left_out(httpserver: HTTPServer) -> None:
    answering(httpserver, {"tags": ["v1", "-rf", "v\x1b[31m", "v1", "..", "a/b", "v" * 129]})

    assert listed(httpserver) == ("v1",)


@pytest.mark.parametrize("body", [{"tags": None}, {"tags": []}])
def test_an_image_without_tags_has_none(httpserver: HTTPServer, body: object) -> None:
    answering(httpserver, body)

    assert listed(httpserver) == ()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", {"name": NAME}, '"v1"', {"tags": "v1"}, {"tags": [1]}, b"\xff\xfe", "[" * 100_000]
)
def test_what_is_no_list_of_tags_is_an_error(httpserver: HTTPServer, body: object) -> None:
    answering(httpserver, body)

    with pytest.raises(PromontoryError) as refused:
        listed(httpserver)

    host = f"localhost:{httpserver.port}"
    told = f"{host} answered with something that is no list of tags when asked for {NAME}"
    assert refused.value.message == told
    assert refused.value.remedy == "check `repository`: is that a container registry?"


@pytest.mark.parametrize("status", [200, 404])
def test_a_web_page_is_not_a_registry(httpserver: HTTPServer, status: int) -> None:
    page = "<!doctype html><title>Welcome</title>"
    httpserver.expect_request(LIST).respond_with_data(page, status=status, content_type="text/html; charset=utf-8")

    with pytest.raises(PromontoryError, match="answered with a web page, not as a container registry") as refused:
        listed(httpserver)

    assert refused.value.remedy == "check `repository`: it is the image's name, e.g. ghcr.io/acme/web-app"


def test_an_image_that_does_not_exist_is_named(httpserver: HTTPServer) -> None:
    httpserver.expect_request(LIST).respond_with_json({"errors": [{"code": "NAME_UNKNOWN"}]}, status=404)

    with pytest.raises(UsageError) as refused:
        listed(httpserver)

    assert refused.value.message == f"localhost:{httpserver.port} has no image {NAME}"


# --- bounded ----------------------------------------------------------------------------------------------------


def test_pages_in_a_circle_end(httpserver: HTTPServer) -> None:
    answering(httpserver, {"tags": ["v1"]}, headers={"Link": f'<{LIST}?n=1000>; rel="next"'})

    with pytest.raises(PromontoryError, match="from page to page of the tags of acme/web-app without an end"):
        listed(httpserver)
    assert len(httpserver.log) == 1


def test_pages_without_an_end_end(httpserver: HTTPServer) -> None:
    def endless(request: Request) -> Response:
        number = int(request.args.get("last", 0)) + 1
        link = f'<{LIST}?last={number}>; rel="next"'
        return Response('{"tags": []}', headers={"Link": link, "Content-Type": "application/json"})

    httpserver.expect_request(LIST).respond_with_handler(endless)

    with pytest.raises(PromontoryError, match="without an end"):
        listed(httpserver)
    assert len(httpserver.log) == MOST_PAGES


def test_a_page_that_is_too_large_is_not_read_to_its_end(httpserver: HTTPServer) -> None:
    answering(httpserver, b" " * (LARGEST_PAGE + 1))

    with pytest.raises(PromontoryError, match=r"sends too much when asked for acme/web-app: over 33,554,432 bytes"):
        listed(httpserver)


def test_many_large_pages_are_too_much_together(httpserver: HTTPServer) -> None:
    def large(request: Request) -> Response:
        number = int(request.args.get("last", 0)) + 1
        link = f'<{LIST}?last={number}>; rel="next"'
        body = '{"tags": []}' + " " * (LARGEST_PAGE - 100)
        return Response(body, headers={"Link": link, "Content-Type": "application/json"})

    httpserver.expect_request(LIST).respond_with_handler(large)

    with pytest.raises(PromontoryError, match="sends too much"):
        listed(httpserver)
    assert len(httpserver.log) == 3


@pytest.mark.parametrize(
    "elsewhere", ["http://evil.example/v2/x/tags/list", "//evil.example/x", "https://localhost/x", "http://["]
)
def test_the_next_page_is_at_the_same_host(
    httpserver: HTTPServer, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", "s3cret")
    answering(httpserver, {"tags": ["v1"]}, headers={"Link": f'<{elsewhere}>; rel="next"'})

    with pytest.raises(PromontoryError, match="for the next page of the tags of acme/web-app") as refused:
        listed(httpserver)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("link", ["", "<>", f"<{LIST}?last=x>", "garbage"])
def test_a_link_that_names_no_next_page_ends_it(httpserver: HTTPServer, link: str) -> None:
    answering(httpserver, {"tags": ["v1"]}, headers={"Link": link})

    assert listed(httpserver) == ("v1",)


# --- patience ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_the_registry_asks(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_ordered_request(LIST).respond_with_data(status=status, headers={"Retry-After": "7"})
    httpserver.expect_ordered_request(LIST).respond_with_data(status=status, headers={"Retry-After": "3"})
    httpserver.expect_ordered_request(LIST).respond_with_json({"tags": ["v1"]})

    assert patient(httpserver) == (("v1",), [7, 3])


def test_it_does_not_start_over_after_waiting(httpserver: HTTPServer) -> None:
    more = {"Link": f'<{LIST}?last=v1>; rel="next"'}
    httpserver.expect_ordered_request(LIST, query_string="n=1000").respond_with_json({"tags": ["v1"]}, headers=more)
    httpserver.expect_ordered_request(LIST, query_string="last=v1").respond_with_data(
        status=429, headers={"Retry-After": "1"}
    )
    httpserver.expect_ordered_request(LIST, query_string="last=v1").respond_with_json({"tags": ["v2"]})

    assert patient(httpserver) == (("v1", "v2"), [1])


@pytest.mark.parametrize(("header", "waits"), [({"Retry-After": "600"}, 0), ({}, 0), ({"Retry-After": "0"}, PATIENCE)])
def test_patience_ends(httpserver: HTTPServer, header: dict[str, str], waits: float) -> None:
    httpserver.expect_request(LIST).respond_with_data(status=429, headers=header)

    with pytest.raises(TransientError, match="answered HTTP 429") as later:
        patient(httpserver)

    assert later.value.retry_after == (float(header["Retry-After"]) if header else None)
    assert len(httpserver.log) == waits + 1


# --- logging in -------------------------------------------------------------------------------------------------


def token_registry(server: HTTPServer, scope: str, good_for: int = 1000) -> list[Request]:
    """A registry whose tokens are good for so many requests; the requests for tokens."""
    challenge = f'Bearer realm="{server.url_for("/token")}",service="registry.example",scope="{scope}"'
    asked: list[Request] = []
    left = {"token": 0}

    def tokens(request: Request) -> Response:
        asked.append(request)
        left["token"] = good_for
        return Response(f'{{"token": "t{len(asked)}"}}', content_type="application/json")

    def pages(request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer t{len(asked)}" or not left["token"]:
            return Response(status=401, headers={"WWW-Authenticate": challenge})
        left["token"] -= 1
        number = int(request.args.get("last", 0)) + 1
        headers = {"Link": f'<{LIST}?last={number}>; rel="next"'} if number < 5 else {}
        return Response(json.dumps({"tags": [f"v{number}"]}), headers=headers, content_type="application/json")

    server.expect_request("/token").respond_with_handler(tokens)
    server.expect_request(LIST).respond_with_handler(pages)
    return asked


@pytest.mark.parametrize("scope", [f"repository:{NAME}:pull", f"repository:{NAME}:pull repository:other:pull"])
def test_an_anonymous_token_is_enough_for_all_pages(httpserver: HTTPServer, scope: str) -> None:
    asked = token_registry(httpserver, scope)

    assert listed(httpserver) == ("v1", "v2", "v3", "v4", "v5")
    assert [request.args["scope"] for request in asked] == [scope]
    assert "Authorization" not in asked[0].headers


def test_a_token_that_expires_between_pages_is_renewed(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMONTORY_REGISTRY_USERNAME", "bot")
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", "s3cret")
    asked = token_registry(httpserver, f"repository:{NAME}:pull", good_for=2)

    assert listed(httpserver) == ("v1", "v2", "v3", "v4", "v5")
    basic = "Basic " + b64encode(b"bot:s3cret").decode()
    assert [request.headers["Authorization"] for request in asked] == [basic] * 3


def test_a_list_that_may_not_be_seen_says_what_to_set(httpserver: HTTPServer) -> None:
    httpserver.expect_request(LIST).respond_with_data(status=403)

    with pytest.raises(AuthenticationFailed, match=r"does not let us see acme/web-app \(HTTP 403\)"):
        listed(httpserver)

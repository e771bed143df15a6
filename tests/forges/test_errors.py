"""What each status of each forge means, with the words that the forges really say."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from forges.conftest import connect
from forges.fake_forge import TOKEN, FakeForge
from forges.fake_gitea import FakeGitea
from forges.fake_github import FakeGitHub
from forges.fake_gitlab import FakeGitLab
from promontory.errors import (
    AuthenticationFailed,
    ForgeError,
    ForgeNotFound,
    ForgeRefused,
    PromontoryError,
    TransientError,
)
from promontory.forges import Forge
from promontory.forges.answer import Answer

HEAD = "promote/web-app"
HOST = r"localhost:\d+"
LONG_PAST = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1"}

TRANSIENT: list[tuple[int, dict[str, str], Any, float | None]] = [
    (408, {}, None, None),
    (500, {}, None, None),
    (502, {}, "<html>Bad gateway</html>", None),
    (503, {"Retry_After": "7"}, None, 7),
    (429, {}, None, 60),
    (429, {"Retry_After": "12"}, None, 12),
    (429, {"RateLimit_Remaining": "0", "RateLimit_Reset": "1"}, {"message": "Retry later"}, 0),
    (403, LONG_PAST, {"message": "Forbidden"}, 0),
    (403, LONG_PAST, {"message": "API rate limit exceeded for user ID 1."}, 0),
    (403, {"Retry_After": "90", "X_RateLimit_Remaining": "4000"}, {"message": "You have exceeded …"}, 90),
    (403, {}, {"message": "You have exceeded a secondary rate limit. Please wait a few minutes"}, 60),
    (429, {"Retry_After": "999999"}, None, 3600),
]


@pytest.mark.parametrize(("status", "headers", "body", "wait"), TRANSIENT)
def test_what_may_pass_is_transient_and_says_how_long_to_wait(
    fake: FakeForge, forge: Forge, status: int, headers: dict[str, str], body: object, wait: float | None
) -> None:
    fake.fail_next(status, body, **headers)

    with pytest.raises(TransientError, match=f"HTTP {status}") as error:
        forge.checks(fake.branches[HEAD])

    assert error.value.retry_after == wait


Row = tuple[type[FakeForge], int, Any, type[PromontoryError], str, str]
PERMANENT: list[Row] = [
    (
        FakeGitHub,
        401,
        {"message": "Bad credentials"},
        AuthenticationFailed,
        f"{HOST} does not accept the token: Bad credentials",
        "PROMONTORY_FORGE_TOKEN",
    ),
    (
        FakeGitHub,
        403,
        {"message": "Resource not accessible by personal access token"},
        ForgeRefused,
        f"{HOST} forbids it: Resource not accessible by personal access token",
        "commit statuses",
    ),
    (
        FakeGitHub,
        404,
        {"message": "Not Found"},
        ForgeNotFound,
        f"{HOST} has no repository acme/gitops, or hides it from the token: Not Found",
        "the scope repo",
    ),
    (
        FakeGitHub,
        422,
        {"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "head", "code": "invalid"}]},
        ForgeRefused,
        rf"{HOST} refuses it \(HTTP 422\): Validation Failed; head invalid",
        "both branches",
    ),
    (
        FakeGitHub,
        422,
        {"message": "Validation Failed", "errors": [{"code": "custom", "message": "No commits between main and x"}]},
        ForgeRefused,
        rf"{HOST} refuses it \(HTTP 422\): Validation Failed; No commits between main and x",
        "both branches",
    ),
    (
        FakeGitLab,
        401,
        {"message": "401 Unauthorized"},
        AuthenticationFailed,
        f"{HOST} does not accept the token: 401 Unauthorized",
        "the scope api",
    ),
    (
        FakeGitLab,
        403,
        {"error": "insufficient_scope", "error_description": "The request requires higher privileges"},
        ForgeRefused,
        f"{HOST} forbids it: insufficient_scope; The request requires higher privileges",
        "the scope api",
    ),
    (
        FakeGitLab,
        404,
        {"message": "404 Project Not Found"},
        ForgeNotFound,
        f"{HOST} has no repository acme/gitops, or hides it from the token: 404 Project Not Found",
        "the scope api",
    ),
    (
        FakeGitLab,
        400,
        {"message": {"source_branch": ["does not exist"]}},
        ForgeRefused,
        rf"{HOST} refuses it \(HTTP 400\): source_branch: does not exist",
        "both branches",
    ),
    (
        FakeGitea,
        403,
        {"message": "token does not have at least one of required scope(s): [write:issue]", "url": "/api/swagger"},
        ForgeRefused,
        rf"{HOST} forbids it: token does not have at least one of required scope\(s\): \[write:issue\]",
        "write:issue",
    ),
    (
        FakeGitea,
        404,
        {"errors": ["User 'x' not exist"], "message": "UserNotExist", "url": "/api/swagger"},
        ForgeNotFound,
        f"{HOST} has no repository acme/gitops, or hides it from the token: UserNotExist; User 'x' not exist",
        "write:repository",
    ),
    (FakeGitea, 423, None, ForgeRefused, rf"{HOST} refuses it \(HTTP 423\)\n", "archived"),
    (FakeGitea, 405, None, ForgeRefused, rf"{HOST} refuses it \(HTTP 405\)\n", "its state"),
]


@pytest.mark.parametrize("row", PERMANENT)
def test_what_stays_wrong_has_its_own_message_and_remedy(httpserver: HTTPServer, row: Row) -> None:
    kind, status, body, error, message, remedy = row
    fake = kind(httpserver)
    fake.fail_next(status, body)

    with pytest.raises(error) as raised:
        connect(fake).open(HEAD, "main", "Promote", "")

    assert raised.match(message)
    assert remedy in raised.value.remedy
    assert len(fake.open_requests) == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422])
def test_a_token_that_the_forge_repeats_is_not_repeated(fake: FakeForge, forge: Forge, status: int) -> None:
    fake.fail_next(status, {"message": f"bad token {TOKEN}", "errors": [TOKEN]})

    with pytest.raises(PromontoryError) as raised:
        forge.comment(1, "x")

    assert TOKEN not in f"{raised.value} {raised.value!r}"
    assert "bad token ***" in str(raised.value)


def test_the_token_is_in_no_repr(forge: Forge) -> None:
    assert TOKEN not in f"{forge!r} {vars(forge)}"


def test_words_with_control_characters_and_without_end_are_tamed(fake: FakeForge, forge: Forge) -> None:
    fake.fail_next(422, {"message": "\x1b[31mred\n" + "x" * 5000})

    with pytest.raises(ForgeRefused) as refused:
        forge.comment(1, "x")

    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_a_web_page_is_told_as_one(fake: FakeForge, forge: Forge) -> None:
    fake.fail_next(200, "<html>Sign in</html>")

    with pytest.raises(ForgeError, match=f"answered with a web page, not as the API of a {fake.kind}") as wrong:
        forge.checks(fake.branches[HEAD])

    assert "forge:" in wrong.value.remedy


@pytest.mark.parametrize("body", [{}, [], {"number": "x", "iid": "x"}, {"message": "OK"}])
def test_an_answer_of_another_form_is_an_error(fake: FakeForge, forge: Forge, body: object) -> None:
    fake.fail_next(200, body)

    with pytest.raises(ForgeError, match="gave an answer of an unknown form"):
        forge.get(1)


def test_an_answer_of_another_form_names_the_place(httpserver: HTTPServer) -> None:
    fake = FakeGitHub(httpserver)
    branch = {"ref": "main", "sha": "85ac0a8c1d7d4a7f0f4e5c8b7d0f0a5c5b9b6d11"}
    pull = {"number": 1, "html_url": "", "state": "open", "title": "", "base": branch}
    fake.fail_next(200, pull | {"head": branch | {"sha": "../../etc"}})

    with pytest.raises(ForgeError, match=r"unknown form: head\.sha: String should match pattern") as wrong:
        connect(fake).get(1)

    assert "etc" not in str(wrong.value)


def test_a_link_that_is_no_web_address_is_dropped(fake: FakeForge, forge: Forge) -> None:
    fake.add_request(HEAD)
    fake.url = "javascript:alert(1)//"

    assert forge.get(1).url == ""


def test_a_server_that_is_not_there_is_transient(httpserver: HTTPServer) -> None:
    fake = FakeGitHub(httpserver)
    fake.url = "http://localhost:1"

    with pytest.raises(TransientError, match="localhost:1 cannot be reached"):
        connect(fake).get(1)


def test_an_endless_answer_is_cut_off(httpserver: HTTPServer) -> None:
    fake = FakeGitHub(httpserver)

    def endless(request: Request) -> Response:
        return Response(b" " * 1_000_000 for _ in range(100))

    httpserver.clear()
    httpserver.expect_request("/api/v3/repos/acme/gitops/pulls/1").respond_with_handler(endless)

    with pytest.raises(ForgeError, match="answered with more than 10 MB"):
        connect(fake).get(1)


# --- redirects ---


def redirecting(server: HTTPServer, status: int, location: str) -> Forge:
    fake = FakeGitHub(server)
    fake.fail_next(status, {}, Location=location)
    return connect(fake)


def test_a_renamed_repository_is_followed_on_the_same_server(httpserver: HTTPServer) -> None:
    fake = FakeGitHub(httpserver)
    fake.add_request(HEAD)
    fake.fail_next(301, {}, Location=f"{fake.url}/api/v3/repos/acme/gitops/pulls/1")

    assert connect(fake).get(1).number == 1


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/x", "https://evil.example/api", "//evil.example/x"])
def test_the_token_is_not_sent_to_another_server(httpserver: HTTPServer, location: str) -> None:
    with pytest.raises(ForgeError, match="the token was not sent there") as refused:
        redirecting(httpserver, 302, location).get(1)

    assert "forge: {url: …}" in refused.value.remedy


def test_a_redirected_change_is_not_sent_again_as_something_else(httpserver: HTTPServer) -> None:
    with pytest.raises(ForgeError, match="redirects a POST to /elsewhere, which is not followed"):
        redirecting(httpserver, 301, "/elsewhere").comment(1, "x")


def test_a_list_may_say_that_it_is_longer_than_any_number(httpserver: HTTPServer) -> None:
    client = connect(FakeGitea(httpserver)).client  # type: ignore[attr-defined]

    assert client._has_more(Answer(200, {"x-total-count": "9" * 5000}, b"[]"), 7)
    assert not client._has_more(Answer(200, {"x-total-count": "7"}, b"[]"), 7)


def test_a_circle_ends(httpserver: HTTPServer) -> None:
    fake = FakeGitHub(httpserver)
    for _ in range(9):
        fake.fail_next(302, {}, Location=f"{fake.url}/api/v3/repos/acme/gitops/pulls/1")

    with pytest.raises(ForgeError, match="redirects more than 3 times"):
        connect(fake).get(1)
    assert len(fake.calls) == 4

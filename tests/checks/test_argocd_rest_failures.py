"""What goes wrong when Argo CD's own API is asked, and what is said about it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from promontory.checks.watch import watch
from promontory.health import Health
from tests.checks.argocd_objects import OLD, TARGET, application
from tests.checks.argocd_server import TOKEN, ArgoServer, look, means, verdict
from tests.checks.argocd_stories import check
from tests.exchange.certificates import Authority
from tests.servers import PromptServer


def test_a_token_that_is_not_accepted(argo: ArgoServer) -> None:
    seen = look(argo, known=means(localhost="another"))

    assert (seen.health, seen.final) == (Health.UNKNOWN, True)
    host = argo.url.removeprefix("http://")
    assert seen.reason == (
        f'{host} does not accept the token: no session information: put one into PROMONTORY_TOKENS: {{"{host}": "…"}}'
    )


def test_no_token_at_all(argo: ArgoServer) -> None:
    seen = look(argo, known=means(elsewhere="token"))

    assert "wants a token, and there is none for it: no session information: put one into" in seen.reason


def test_a_server_that_lets_everybody_in_needs_no_token(argo: ArgoServer) -> None:
    argo.token = None
    argo.put(application())

    assert look(argo, known=means(elsewhere="token")).health is Health.HEALTHY


def test_what_may_not_be_seen_may_be_missing_and_is_waited_for(argo: ArgoServer) -> None:
    result = verdict(argo, deadline="30s")

    assert result.health is Health.UNKNOWN
    assert result.attempts > 1
    assert (
        f"the account of the token may not get Application web-app-staging on {argo.url}: permission denied; "
        "or there is none, which Argo CD tells where project: is given. "
        "Else allow it in Argo CD's RBAC: p, ROLE, applications, get, PROJECT/*, allow"
    ) in result.reason


def test_with_its_project_what_is_missing_is_told_from_what_may_not_be_seen(argo: ArgoServer) -> None:
    missing = look(argo, project="web")
    argo.fail_next(403, json.dumps({"message": "permission denied"}))
    forbidden = look(argo, project="web")

    assert (missing.final, missing.reason) == (
        False,
        f"there is no Application web-app-staging on {argo.url}: check its name or its labels, and its namespace",
    )
    assert forbidden.final
    assert "permission denied: allow it in Argo CD's RBAC" in forbidden.reason


def test_a_server_that_fails_for_a_while_is_waited_for(argo: ArgoServer) -> None:
    argo.put(application())
    for status in (500, 502, 503):
        argo.fail_next(status)

    result = verdict(argo)

    assert (result.health, result.errors) == (Health.HEALTHY, 3)


def test_a_server_that_asks_to_be_left_alone_is(argo: ArgoServer) -> None:
    argo.put(application())
    argo.fail_next(429, Retry_After="100")

    assert verdict(argo, deadline="5m").seconds >= 100


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, "<html>not found</html>", "has no API of Argo CD: correct server:, it is the address of Argo CD's UI"),
        (200, "<html>log in</html>", "answers with text/html that is no JSON object: correct server:"),
        (200, "[]", "answers with text/html that is no JSON object: correct server:"),
        (418, "{}", "refuses to get Application web-app-staging on "),
    ],
)
def test_what_is_not_argo_cd(argo: ArgoServer, status: int, body: str, says: str) -> None:
    argo.fail_next(status, body, Content_Type="text/html")

    seen = look(argo)

    assert (seen.health, seen.final) == (Health.UNKNOWN, True)
    assert says in seen.reason


def test_the_token_goes_nowhere_else(argo: ArgoServer) -> None:
    argo.fail_next(302, " ", Location=f"{argo.url.replace('localhost', '127.0.0.1')}/elsewhere?next=1")

    seen = look(argo)

    assert "redirects to http://127.0.0.1" in seen.reason
    assert "/elsewhere, where the token is not sent: write the address that answers by itself as server:" in seen.reason
    assert not argo.asked("/elsewhere")


def test_a_server_that_is_not_there_is_waited_for(httpserver: HTTPServer) -> None:
    kept = check(server="http://localhost:9", deadline="30s")

    result = asyncio.run(watch([kept], TARGET, means())).checks[0]

    assert (result.health, result.last_error) == (Health.UNKNOWN, "connection refused")


def test_its_own_authority_is_trusted_where_it_is_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server_context("localhost")
    with PromptServer(host="localhost", ssl_context=context, threaded=True) as server:
        argo = ArgoServer(server)
        argo.put(application())

        trusted, unknown = look(argo, ca=str(authority.file)), verdict(argo, deadline="30s")
        argo.hang_up()

    assert trusted.health is Health.HEALTHY
    assert unknown.last_error.startswith("TLS failed: ")


def test_an_authority_that_is_not_there_is_told(argo: ArgoServer, tmp_path: Path) -> None:
    seen = look(argo, ca=str(tmp_path / "missing.pem"))

    assert (seen.health, seen.final) == (Health.UNKNOWN, True)
    assert "missing.pem cannot be read" in seen.reason


def test_the_token_is_in_nothing_that_is_shown(argo: ArgoServer) -> None:
    argo.put(OLD)

    result = verdict(argo, deadline="30s")

    assert TOKEN not in result.model_dump_json()
    assert TOKEN not in repr(means())

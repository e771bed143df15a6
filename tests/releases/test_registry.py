from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.errors import AuthenticationFailed, PromontoryError, TransientError
from promontory.releases.registry import Registry, split_repository

DIGEST = "sha256:" + "0123456789abcdef" * 4
MANIFEST = "application/vnd.oci.image.index.v1+json"


class NoTags:
    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        raise AssertionError("a registry needs no Git")


@pytest.fixture(autouse=True)
def anonymous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMONTORY_REGISTRY_USERNAME", raising=False)
    monkeypatch.delenv("PROMONTORY_REGISTRY_PASSWORD", raising=False)


def manifest_path(reference: str) -> str:
    return f"/v2/acme/web-app/manifests/{reference}"


def knows(server: HTTPServer, release: str = "v1") -> bool:
    return Registry(repository=f"localhost:{server.port}/acme/web-app").knows(release, NoTags())


def answering(server: HTTPServer, *, status: int = 200, reference: str = "v1", **more: str) -> None:
    server.expect_request(manifest_path(reference)).respond_with_data(
        "", status=status, headers={"Content-Type": MANIFEST} | more
    )


def test_a_release_with_a_manifest_is_known(httpserver: HTTPServer) -> None:
    answering(httpserver)

    assert knows(httpserver)
    request, _ = httpserver.log[0]
    assert request.method == "HEAD"
    assert MANIFEST in request.headers["Accept"]


def test_a_release_without_a_manifest_is_not_known(httpserver: HTTPServer) -> None:
    answering(httpserver, status=404)

    assert not knows(httpserver)


@pytest.mark.parametrize("release", [DIGEST, f"v1@{DIGEST}"])
def test_a_digest_is_what_is_asked_for(httpserver: HTTPServer, release: str) -> None:
    answering(httpserver, reference=DIGEST)

    assert knows(httpserver, release)


def test_a_version_that_no_image_can_bear_is_not_asked_for(httpserver: HTTPServer) -> None:
    assert not knows(httpserver, "v1.0.0+build.7")
    assert httpserver.log == []


def test_a_registry_that_knows_only_get_is_asked_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request(manifest_path("v1"), method="HEAD").respond_with_data(status=405)
    httpserver.expect_request(manifest_path("v1"), method="GET").respond_with_data("{}", content_type=MANIFEST)

    assert knows(httpserver)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_registry_is_asked_again_later(httpserver: HTTPServer, status: int) -> None:
    answering(httpserver, status=status, **{"Retry-After": "7"})

    with pytest.raises(TransientError) as later:
        knows(httpserver)

    assert later.value.retry_after == 7


def test_a_registry_that_cannot_be_reached_is_asked_again_later(httpserver: HTTPServer) -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        Registry(repository="localhost:1/acme/web-app").knows("v1", NoTags())


@pytest.mark.parametrize("status", [401, 403])
def test_a_registry_that_does_not_let_us_in_says_which_variables_to_set(httpserver: HTTPServer, status: int) -> None:
    answering(httpserver, status=status)

    with pytest.raises(AuthenticationFailed) as refused:
        knows(httpserver)

    assert "PROMONTORY_REGISTRY_USERNAME" in refused.value.remedy


def test_a_web_page_is_not_a_registry(httpserver: HTTPServer) -> None:
    answering(httpserver, **{"Content-Type": "text/html; charset=utf-8"})

    with pytest.raises(PromontoryError, match="web page"):
        knows(httpserver)


def test_a_redirect_is_followed_but_not_for_ever(httpserver: HTTPServer) -> None:
    answering(httpserver, status=307, Location=httpserver.url_for("/elsewhere"))
    httpserver.expect_request("/elsewhere").respond_with_data("", content_type=MANIFEST)
    answering(httpserver, status=307, reference="v2", Location=httpserver.url_for(manifest_path("v2")))

    assert knows(httpserver)
    with pytest.raises(PromontoryError, match="circle"):
        knows(httpserver, "v2")


def token_registry(server: HTTPServer, realm: str) -> None:
    """A registry that wants a bearer token from ``realm``."""
    challenge = f'Bearer realm="{realm}",service="registry",scope="repository:acme/web-app:pull"'

    def manifest(request: Request) -> Response:
        if request.headers.get("Authorization") == "Bearer t0ken":
            return Response(status=200, content_type=MANIFEST)
        return Response(status=401, headers={"WWW-Authenticate": challenge})

    server.expect_request(manifest_path("v1")).respond_with_handler(manifest)


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_an_anonymous_token_is_fetched(httpserver: HTTPServer, key: str) -> None:
    token_registry(httpserver, httpserver.url_for("/token"))
    query = {"service": "registry", "scope": "repository:acme/web-app:pull"}
    httpserver.expect_request("/token", query_string=query).respond_with_json({key: "t0ken"})

    assert knows(httpserver)
    asked = next(request for request, _ in httpserver.log if request.path == "/token")
    assert "Authorization" not in asked.headers


def test_a_token_is_fetched_with_the_credentials(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMONTORY_REGISTRY_USERNAME", "bot")
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", "s3cret")
    token_registry(httpserver, httpserver.url_for("/token"))
    basic = "Basic " + b64encode(b"bot:s3cret").decode()
    httpserver.expect_request("/token", headers={"Authorization": basic}).respond_with_json({"token": "t0ken"})

    assert knows(httpserver)


def test_a_password_without_a_user_is_the_token(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", "t0ken")
    token_registry(httpserver, httpserver.url_for("/token"))

    assert knows(httpserver)


def test_credentials_are_not_sent_to_a_token_service_over_plain_http(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMONTORY_REGISTRY_USERNAME", "bot")
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", "s3cret")
    token_registry(httpserver, "http://tokens.example/token")

    with pytest.raises(AuthenticationFailed, match="plain http") as refused:
        knows(httpserver)

    assert "s3cret" not in str(refused.value)


def test_a_registry_may_take_the_credentials_themselves(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMONTORY_REGISTRY_USERNAME", "bot")
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", "s3cret")
    basic = "Basic " + b64encode(b"bot:s3cret").decode()
    httpserver.expect_ordered_request(manifest_path("v1")).respond_with_data(
        status=401, headers={"WWW-Authenticate": 'Basic realm="registry"'}
    )
    httpserver.expect_ordered_request(manifest_path("v1"), headers={"Authorization": basic}).respond_with_data(
        content_type=MANIFEST
    )

    assert knows(httpserver)


def refuse_token(server: HTTPServer) -> None:
    server.expect_request("/token").respond_with_data(status=403)


def forget_token(server: HTTPServer) -> None:
    server.expect_request("/token").respond_with_json(["no token"])


def garble_token(server: HTTPServer) -> None:
    server.expect_request("/token").respond_with_data(b"\xff{")


def overload_tokens(server: HTTPServer) -> None:
    server.expect_request("/token").respond_with_data(status=503)


@pytest.mark.parametrize(
    ("service", "error"),
    [
        (refuse_token, AuthenticationFailed),
        (forget_token, PromontoryError),
        (garble_token, PromontoryError),
        (overload_tokens, TransientError),
    ],
)
def test_a_token_service_that_fails_is_named(
    httpserver: HTTPServer, service: Callable[[HTTPServer], None], error: type[Exception]
) -> None:
    token_registry(httpserver, httpserver.url_for("/token"))
    service(httpserver)

    with pytest.raises(error, match="token service localhost"):
        knows(httpserver)


@pytest.mark.parametrize("realm", ["", "ftp://x/token", "/token", "http://a:b/token"])
def test_a_challenge_that_leads_nowhere_is_an_error(httpserver: HTTPServer, realm: str) -> None:
    token_registry(httpserver, realm)

    with pytest.raises(PromontoryError, match="where to get it"):
        knows(httpserver)


@pytest.mark.parametrize(
    ("repository", "host", "name"),
    [
        ("ghcr.io/acme/web-app", "ghcr.io", "acme/web-app"),
        ("localhost:5000/app", "localhost:5000", "app"),
        ("docker.io/nginx", "registry-1.docker.io", "library/nginx"),
        ("docker.io/acme/app", "registry-1.docker.io", "acme/app"),
        ("acme/app", "registry-1.docker.io", "acme/app"),
        ("nginx", "registry-1.docker.io", "library/nginx"),
    ],
)
def test_names_without_a_host_are_docker_hubs(repository: str, host: str, name: str) -> None:
    assert split_repository(repository) == (host, name)


@pytest.mark.parametrize(
    "repository", ["https://ghcr.io/a", "ghcr.io/a:v1", "ghcr.io/A", "ghcr.io/", "", "u:p@ghcr.io/a", "ghcr.io/a/../b"]
)
def test_a_repository_is_the_images_bare_name(repository: str) -> None:
    with pytest.raises(ValidationError):
        Registry(repository=repository)

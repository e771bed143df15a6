"""`digest: true`: a version becomes the version and the digest it has now."""

from __future__ import annotations

from hashlib import sha256

import pytest
from pytest_httpserver import HTTPServer

from promontory.errors import PromontoryError, UsageError
from promontory.releases.manifest import LARGEST
from tests.releases.registries import NAME, source

BODY = b'{"schemaVersion": 2}'
DIGEST = "sha256:" + sha256(BODY).hexdigest()
OTHER = "sha256:" + "0" * 64
MANIFEST = f"/v2/{NAME}/manifests/v1"


def serve(server: HTTPServer, method: str, said: str = "", body: bytes = BODY, status: int = 200) -> None:
    headers = {"Docker-Content-Digest": said} if said else {}
    server.expect_request(MANIFEST, method=method).respond_with_data(
        body, status=status, headers=headers, content_type="application/vnd.oci.image.index.v1+json"
    )


def pinned(server: HTTPServer, release: str = "v1") -> str:
    return source(server, digest=True).pin(release)


def test_a_version_is_pinned_to_the_digest_that_the_registry_says(httpserver: HTTPServer) -> None:
    serve(httpserver, "HEAD", DIGEST)

    assert pinned(httpserver) == f"v1@{DIGEST}"
    assert [request.method for request, _ in httpserver.log] == ["HEAD"]


def test_where_the_registry_does_not_say_the_manifest_is_hashed(httpserver: HTTPServer) -> None:
    serve(httpserver, "HEAD")
    serve(httpserver, "GET")

    assert pinned(httpserver) == f"v1@{DIGEST}"


def test_a_registry_that_knows_only_get_is_asked_so(httpserver: HTTPServer) -> None:
    serve(httpserver, "HEAD", status=405)
    serve(httpserver, "GET", DIGEST)

    assert pinned(httpserver) == f"v1@{DIGEST}"


def test_a_manifest_that_is_not_what_the_registry_says_is_refused(httpserver: HTTPServer) -> None:
    serve(httpserver, "HEAD")
    serve(httpserver, "GET", OTHER)

    with pytest.raises(PromontoryError, match=f"has the digest '{OTHER}', but what it sends has {DIGEST}"):
        pinned(httpserver)


@pytest.mark.parametrize("said", ["sha512:" + "0" * 128, "sha256:ABC", "sha256:" + "0" * 63, "x" * 5000])
def test_what_is_no_sha256_digest_is_refused(httpserver: HTTPServer, said: str) -> None:
    serve(httpserver, "HEAD", said)

    with pytest.raises(PromontoryError, match="which is no sha256 digest") as refused:
        pinned(httpserver)

    assert len(refused.value.message) < 250


def test_a_manifest_that_is_too_large_is_not_read_to_its_end(httpserver: HTTPServer) -> None:
    serve(httpserver, "HEAD", status=405)
    serve(httpserver, "GET", body=b" " * (LARGEST + 1))

    with pytest.raises(PromontoryError, match="sends too much when asked for acme/web-app: over 4,194,304 bytes"):
        pinned(httpserver)


@pytest.mark.parametrize("release", ["v1", "v1.0.0+build.7"])
def test_a_version_that_is_not_there_cannot_be_pinned(httpserver: HTTPServer, release: str) -> None:
    serve(httpserver, "HEAD", status=404)

    with pytest.raises(UsageError, match=r"web-app has no release .*, so that it cannot be pinned"):
        pinned(httpserver, release)


@pytest.mark.parametrize("release", [OTHER, f"v1@{OTHER}"])
def test_what_is_pinned_already_stays(httpserver: HTTPServer, release: str) -> None:
    assert pinned(httpserver, release) == release
    assert httpserver.log == []


def test_without_digest_nothing_is_pinned(httpserver: HTTPServer) -> None:
    assert source(httpserver).pin("v1") == "v1"
    assert httpserver.log == []

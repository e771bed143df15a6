"""Asks a container registry whether it has a manifest, as the OCI distribution specification says.

Knows HTTP and tokens, nothing of releases. https://github.com/opencontainers/distribution-spec
https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx

from promontory import __version__
from promontory.errors import AuthenticationFailed, PromontoryError, TransientError
from promontory.releases.challenge import Credentials, Tokens, is_local
from promontory.releases.waiting import retry_after
from promontory.settings import read_settings

_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
TIMEOUT = 15.0
MAX_REDIRECTS = 5


def registry_credentials() -> Credentials:
    """Those of the settings: ``PROMONTORY_REGISTRY_USERNAME`` and ``PROMONTORY_REGISTRY_PASSWORD``."""
    settings = read_settings()
    password = settings.registry_password.get_secret_value() if settings.registry_password else ""
    return Credentials(settings.registry_username or "", password)


def manifest_exists(host: str, name: str, reference: str, credentials: Credentials) -> bool:
    """Whether ``name`` has the tag or digest. Plain http is spoken to this machine only.

    Raises `AuthenticationFailed`, `TransientError`, or `PromontoryError` where the answer is no registry's.
    """
    scheme = "http" if is_local(host) else "https"
    url = f"{scheme}://{host}/v2/{name}/manifests/{quote(reference, safe=':')}"
    headers = {"Accept": _ACCEPT, "User-Agent": f"promontory/{__version__}"}
    with (
        httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=True, max_redirects=MAX_REDIRECTS) as client,
        _plain_errors(host),
    ):
        return _Manifest(client, host, name, url, Tokens(client, credentials)).exists()


@contextmanager
def _plain_errors(host: str) -> Iterator[None]:
    try:
        yield
    except httpx.TooManyRedirects:
        raise PromontoryError(f"{host} redirects in a circle", "check the registry's address") from None
    except httpx.TransportError as error:
        raise TransientError(f"{host} cannot be reached: {error or type(error).__name__}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PromontoryError(f"{host} gave an answer that cannot be read: {error}") from None


class _Manifest:
    def __init__(self, client: httpx.Client, host: str, name: str, url: str, tokens: Tokens) -> None:
        self.client = client
        self.host = host
        self.name = name
        self.url = url
        self.tokens = tokens

    def exists(self) -> bool:
        answer = self._ask("HEAD")
        if answer.status_code in (400, 405, 501):  # some registries and proxies know GET only
            answer = self._ask("GET")
        return self._judge(answer)

    def _ask(self, method: str) -> httpx.Response:
        answer = self._send(method)
        if answer.status_code == 401:
            self.tokens.answer(answer)
            answer = self._send(method)
        return answer

    def _send(self, method: str) -> httpx.Response:
        # The body is never needed: only the status and the headers are read.
        with self.client.stream(method, self.url, headers=self.tokens.header) as answer:
            return answer

    def _judge(self, answer: httpx.Response) -> bool:
        status = answer.status_code
        if status in (401, 403):
            raise AuthenticationFailed(
                f"{self.host} does not let us see {self.name} (HTTP {status})",
                "set PROMONTORY_REGISTRY_USERNAME and PROMONTORY_REGISTRY_PASSWORD, and check that they may pull it",
            )
        if status in (408, 429) or status >= 500:
            raise TransientError(f"{self.host} answered HTTP {status}", retry_after=retry_after(answer.headers))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            raise PromontoryError(
                f"{self.host} answered with a web page, not as a container registry",
                "check `repository`: it is the image's name, e.g. ghcr.io/acme/web-app",
            )
        if status not in (200, 404):
            raise PromontoryError(f"{self.host} answered HTTP {status} when asked for {self.name}")
        return status == 200

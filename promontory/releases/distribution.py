"""One image in a container registry, asked over HTTP as the OCI distribution specification says.

Knows HTTP and tokens, nothing of releases. https://github.com/opencontainers/distribution-spec
https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from promontory import __version__
from promontory.errors import AuthenticationFailed, PromontoryError, TransientError
from promontory.releases.challenge import Credentials, Tokens, is_local
from promontory.releases.waiting import retry_after
from promontory.settings import read_settings

TIMEOUT = 15.0
MAX_REDIRECTS = 5
# However slowly a registry sends: one answer may take this long.
LONGEST_ANSWER = 120.0


def registry_credentials() -> Credentials:
    """Those of the settings: ``PROMONTORY_REGISTRY_USERNAME`` and ``PROMONTORY_REGISTRY_PASSWORD``."""
    settings = read_settings()
    password = settings.registry_password.get_secret_value() if settings.registry_password else ""
    return Credentials(settings.registry_username or "", password)


@contextmanager
def open_image(host: str, name: str, credentials: Credentials) -> Iterator[Image]:
    """The image ``name`` at ``host``, for a few questions over one connection.

    Plain http is spoken to this machine only. Everything that is asked in it raises `AuthenticationFailed`,
    `TransientError`, or `PromontoryError` where the answer is no registry's.
    """
    # Digests are taken over bytes as they are stored, and nothing may grow while it is unpacked.
    headers = {"User-Agent": f"promontory/{__version__}", "Accept-Encoding": "identity"}
    with (
        httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=True, max_redirects=MAX_REDIRECTS) as client,
        _plain_errors(host),
    ):
        yield Image(client, host, name, Tokens(client, credentials))


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


class Image:
    def __init__(self, client: httpx.Client, host: str, name: str, tokens: Tokens) -> None:
        self.client = client
        self.host = host
        self.name = name
        self.tokens = tokens
        self.address = httpx.URL(f"{'http' if is_local(host) else 'https'}://{host}/v2/{name}/")

    def ask(self, method: str, url: httpx.URL, accept: str, limit: int = 0) -> tuple[httpx.Response, bytes]:
        """The answer, and its body where it is a good one: an error where that has more than ``limit`` bytes.

        With no ``limit`` the body is not read. Logs in where the registry wants it, also when a token has expired.
        """
        answer, body = self._send(method, url, accept, limit)
        if answer.status_code == 401:
            self.tokens.answer(answer)
            answer, body = self._send(method, url, accept, limit)
        return answer, body

    def judge(self, answer: httpx.Response) -> bool:
        """Whether it is there; raises for every answer that says neither yes nor no."""
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

    def _send(self, method: str, url: httpx.URL, accept: str, limit: int) -> tuple[httpx.Response, bytes]:
        headers = {"Accept": accept, **self.tokens.header}
        with self.client.stream(method, url, headers=headers) as answer:
            return answer, self._read(answer, limit) if limit and answer.status_code == 200 else b""

    def _read(self, answer: httpx.Response, limit: int) -> bytes:
        body = bytearray()
        end = time.monotonic() + LONGEST_ANSWER
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > limit:
                raise PromontoryError(f"{self.host} sends too much when asked for {self.name}: over {limit:,} bytes")
            if time.monotonic() > end:
                raise TransientError(f"{self.host} took more than {LONGEST_ANSWER:.0f} s to answer")
        return bytes(body)

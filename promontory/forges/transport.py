"""One HTTP exchange with a forge, bounded in time and size. It follows nothing and judges nothing."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from functools import cache

import httpx

from promontory.errors import ForgeError, TransientError
from promontory.forges.answer import Answer

TIMEOUT = 20.0
MOST_SECONDS = 60.0
MOST_BYTES = 10_000_000
_LOOPBACK = ("all://localhost", "all://127.0.0.1")  # where no proxy can be of help


def exchange(method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
    """Raises `TransientError` where there is no answer, `ForgeError` where there is one that cannot be taken."""
    host = httpx.URL(url).netloc.decode("ascii")
    try:
        with (
            httpx.Client(verify=_tls(), timeout=TIMEOUT, follow_redirects=False, mounts=_direct()) as client,
            client.stream(method, url, headers=headers, content=content) as response,
        ):
            return Answer(response.status_code, _lower(response.headers), _body(response, host))
    except httpx.TimeoutException:
        raise TransientError(f"{host} did not answer in time") from None
    except httpx.TransportError as error:
        raise TransientError(f"{host} cannot be reached: {error or type(error).__name__}") from None


def _body(response: httpx.Response, host: str) -> bytes:
    deadline = time.monotonic() + MOST_SECONDS
    body = bytearray()
    # Raw, because a small compressed body can be a very large one; none was asked for.
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ForgeError(f"{host} answered with more than {MOST_BYTES // 1_000_000} MB")
        if time.monotonic() > deadline:
            raise TransientError(f"{host} did not finish its answer in time")
    return bytes(body)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _direct() -> dict[str, httpx.BaseTransport | None]:
    return dict.fromkeys(_LOOPBACK)


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes longer than most answers, so it is done once."""
    return httpx.create_ssl_context()

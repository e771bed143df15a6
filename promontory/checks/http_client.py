"""One HTTP look: a GET with its redirects, bounded in time, size and number. It judges nothing.

Every look is a new connection without cookies: a connection kept alive, or a sticky session, would stay
with the old pod while the load balancer has long moved everybody else to the new one.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Collection, Iterator
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from promontory import __version__
from promontory.checks.http_answer import Answer, Refused, shown_url
from promontory.errors import TransientError
from promontory.options import format_duration

MOST_REDIRECTS = 5
MOST_BYTES = 1_000_000
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")  # where no proxy can be of help


async def fetch(url: str, within: timedelta, stop_at: Collection[int]) -> Answer:
    """GET it and follow redirects, unless their status is one of ``stop_at``.

    Raises `TransientError` where there is no answer, `Refused` where there is one that is not followed.
    """
    started = time.monotonic()
    try:
        async with asyncio.timeout(within.total_seconds()), _client() as client:
            return await _follow(client, client.build_request("GET", url), stop_at, started)
    except (TimeoutError, httpx.TimeoutException):
        raise TransientError(f"no answer within {format_duration(within)}") from None
    except httpx.InvalidURL as error:
        raise Refused(f"{shown_url(url)} is not a URL: {error}") from None
    except httpx.UnsupportedProtocol as error:
        raise Refused(f"redirects to what is not HTTP: {error}") from None
    except (httpx.HTTPError, OSError) as error:
        raise TransientError(_why(error)) from None


async def _follow(
    client: httpx.AsyncClient, request: httpx.Request, stop_at: Collection[int], started: float
) -> Answer:
    visited: list[httpx.URL] = []
    while True:
        visited.append(request.url)
        response = await client.send(request, stream=True)
        try:
            following = response.next_request
            if following is None or response.status_code in stop_at:
                return await _read(response, started)
        finally:
            await response.aclose()
        _refuse_redirect(visited, following.url)
        request = following


def _refuse_redirect(visited: list[httpx.URL], following: httpx.URL) -> None:
    shown = shown_url(str(following))
    if following in visited:
        raise Refused(f"redirects in a loop, back to {shown}")
    if len(visited) > MOST_REDIRECTS:
        raise Refused(f"redirects more than {MOST_REDIRECTS} times, at last to {shown}")
    if visited[-1].scheme == "https" and following.scheme != "https":
        raise Refused(f"redirects from https to {shown}, which is not followed")


async def _read(response: httpx.Response, started: float) -> Answer:
    body, cut = bytearray(), False
    # Raw, because a small compressed body can be a very large one.
    async for chunk in response.aiter_raw():
        body += chunk
        if cut := len(body) > MOST_BYTES:
            break
    return Answer(
        url=shown_url(str(response.url)),
        status=response.status_code,
        headers=response.headers,
        body=bytes(body[:MOST_BYTES]),
        cut=cut,
        seconds=time.monotonic() - started,
    )


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=_tls(),
        timeout=None,  # noqa: S113 - `fetch` bounds the whole look; httpx would bound single reads only
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        mounts=dict.fromkeys(_LOOPBACK),
        headers={"User-Agent": f"promontory/{__version__}", "Accept-Encoding": "identity"},
    )


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes longer than most answers, so it is done once."""
    return httpx.create_ssl_context()


def _why(error: BaseException) -> str:
    """The cause that a person can act on; the transport wraps it several times."""
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ConnectionResetError):
            return "connection reset"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {getattr(cause, 'verify_message', '') or cause.reason or cause}"
        if isinstance(cause, socket.gaierror):
            return f"the host cannot be resolved: {cause.strerror}"
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    if error is None:
        return
    yield error
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _causes(inner)
    yield from _causes(error.__cause__ or error.__context__)

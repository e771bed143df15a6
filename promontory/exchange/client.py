"""One exchange: a request with its redirects, bounded in time, size and number. It judges nothing.

Every exchange is a new connection without cookies: a connection kept alive, or a sticky session, would stay
with the old pod while the load balancer has long moved everybody else to the new one.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from promontory.errors import TransientError
from promontory.exchange.answer import Answer, Refused, shown_url
from promontory.exchange.call import HIDDEN, Call
from promontory.exchange.connecting import HEADERS, connection
from promontory.exchange.failures import why
from promontory.exchange.tls import SYSTEM
from promontory.exchange.trust import shared_trust
from promontory.options import format_duration

MOST_REDIRECTS = 5
MOST_BYTES = 1_000_000
_BODILESS = ("GET", "HEAD")


async def fetch(call: Call, within: timedelta, stop_at: Collection[int] = (), most_bytes: int = MOST_BYTES) -> Answer:
    """Send it and follow redirects, unless their status is one of ``stop_at``.

    Raises `TransientError` where there is no answer, `Refused` where there is one that is not followed, and
    `UsageError` where a file of ``call.tls`` is not as it should be.
    """
    context = None if call.tls == SYSTEM else call.tls.context()
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _Exchange(call, context, stop_at, most_bytes).run()
    except Refused as refused:
        raise Refused(call.hiding(str(refused))) from None
    except (TimeoutError, httpx.TimeoutException):
        raise TransientError(f"no answer within {format_duration(within)}") from None
    except httpx.InvalidURL as error:
        raise Refused(f"{shown_url(call.url)} is not a URL: {error}") from None
    except httpx.UnsupportedProtocol as error:
        raise Refused(f"redirects to what is not HTTP: {error}") from None
    except (httpx.HTTPError, OSError) as error:
        raise TransientError(why(error)) from None


class _Exchange:
    """From the first request to the end of the answer that is not a redirect."""

    def __init__(self, call: Call, context: ssl.SSLContext | None, stop_at: Collection[int], most_bytes: int) -> None:
        self._call, self._context = call, context
        self._stop_at, self._most_bytes = stop_at, most_bytes
        self._started = time.monotonic()
        self._visited: list[httpx.URL] = []

    async def run(self) -> Answer:
        request = self._first()
        while True:
            self._visited.append(request.url)
            async with self._send(request) as response:
                following = response.next_request
                if following is None or response.status_code in self._stop_at:
                    return await self._read(response)
                _refuse_redirect(self._visited, following)
                request = self._next(following)

    def _first(self) -> httpx.Request:
        return self._request(self._call.method, httpx.URL(self._call.url), self._call.content)

    def _next(self, following: httpx.Request) -> httpx.Request:
        kept = following.method not in _BODILESS
        return self._request(following.method, following.url, self._call.content if kept else None)

    def _request(self, method: str, url: httpx.URL, content: bytes | None) -> httpx.Request:
        headers = httpx.Headers(HEADERS)
        extensions: dict[str, object] = {}
        if self._at_home(url):
            headers.update(self._call.headers)
            if self._call.token:
                headers["Authorization"] = f"Bearer {self._call.token}"
            if self._call.tls.server_name:
                extensions["sni_hostname"] = self._call.tls.server_name
        return httpx.Request(method, url, headers=headers, content=content, extensions=extensions)

    def _at_home(self, url: httpx.URL) -> bool:
        return not self._visited or _same_server(self._visited[0], url)

    @asynccontextmanager
    async def _send(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        own = self._context if self._at_home(request.url) else None
        # `fetch` bounds the whole exchange; httpx would bound single reads only.
        async with connection(own or shared_trust(), timeout=None) as client:
            response = await client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()

    async def _read(self, response: httpx.Response) -> Answer:
        body, cut = bytearray(), False
        # Raw, because a small compressed body can be a very large one.
        async for chunk in response.aiter_raw():
            body += chunk
            if cut := len(body) > self._most_bytes:
                break
        hiding = self._call.hiding
        return Answer(
            url=hiding(shown_url(str(response.url))),
            status=response.status_code,
            headers=httpx.Headers([(name, hiding(value)) for name, value in response.headers.multi_items()]),
            body=self._readable(bytes(body[: self._most_bytes])),
            cut=cut,
            seconds=time.monotonic() - self._started,
        )

    def _readable(self, body: bytes) -> bytes:
        token = self._call.token
        return body.replace(token.encode(), HIDDEN.encode()) if token else body


def _refuse_redirect(visited: list[httpx.URL], following: httpx.Request) -> None:
    shown = shown_url(str(following.url))
    if following.url in visited:
        raise Refused(f"redirects in a loop, back to {shown}")
    if len(visited) > MOST_REDIRECTS:
        raise Refused(f"redirects more than {MOST_REDIRECTS} times, at last to {shown}")
    if visited[-1].scheme == "https" and following.url.scheme != "https":
        raise Refused(f"redirects from https to {shown}, which is not followed")
    if following.method not in _BODILESS and not _same_server(visited[0], following.url):
        raise Refused(f"redirects a {following.method} to another server, {shown}, which is not followed")


def _same_server(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)

"""An answer that does not end: its lines, as they come. It follows no redirects, and judges nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from promontory.errors import TransientError
from promontory.exchange.call import Call
from promontory.exchange.connecting import HEADERS, connection
from promontory.exchange.failures import why
from promontory.exchange.tls import SYSTEM
from promontory.exchange.trust import shared_trust

_CONNECT_SECONDS = 10.0
# A connection that says nothing for so long may be dead without anybody having noticed.
_SILENT_SECONDS = 300.0
_LONGEST_LINE = 16_000_000  # bytes


@asynccontextmanager
async def streaming(call: Call) -> AsyncIterator[AsyncIterator[bytes]]:
    """The lines of the answer to a GET. Raises `TransientError` where there is none, or it breaks off."""
    context = shared_trust() if call.tls == SYSTEM else call.tls.context()
    headers = {**HEADERS, **call.headers, **({"Authorization": f"Bearer {call.token}"} if call.token else {})}
    timeout = httpx.Timeout(_CONNECT_SECONDS, read=_SILENT_SECONDS)
    try:
        async with connection(context, timeout) as client, client.stream("GET", call.url, headers=headers) as response:
            if response.status_code != httpx.codes.OK:
                raise TransientError(f"answers {response.status_code}")
            yield _lines(response)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise TransientError(why(error)) from None


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    kept = bytearray()
    async for chunk in response.aiter_raw():
        kept += chunk
        *complete, kept = kept.split(b"\n") if b"\n" in chunk else [kept]
        for line in complete:
            yield bytes(line)
        if len(kept) > _LONGEST_LINE:
            raise TransientError("sends a line without an end")

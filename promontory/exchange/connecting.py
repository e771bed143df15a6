"""Connections to servers: no cookies, no proxy for this machine itself, nothing compressed, no redirects followed."""

from __future__ import annotations

import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from promontory import __version__

HEADERS = {"User-Agent": f"promontory/{__version__}", "Accept-Encoding": "identity"}
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")  # where no proxy can be of help


def connection(context: ssl.SSLContext, timeout: httpx.Timeout | None) -> httpx.AsyncClient:
    """``timeout`` None: whoever uses it bounds the time."""
    return httpx.AsyncClient(
        verify=context,
        timeout=timeout,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        mounts=dict.fromkeys(_LOOPBACK),
    )

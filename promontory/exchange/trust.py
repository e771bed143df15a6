"""The authorities that are trusted where nothing else is said."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


def system_trust() -> ssl.SSLContext:
    """A context of its own, which may be changed."""
    return httpx.create_ssl_context()


@cache
def shared_trust() -> ssl.SSLContext:
    """The same for all who change nothing in it: loading the authorities takes longer than most answers."""
    return httpx.create_ssl_context()

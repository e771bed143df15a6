"""Headers as they are written in promontory.yaml: no secrets, and nothing that ends one and begins another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from promontory.exchange.answer import Refused
from promontory.options import Target, Template

_SECRET = (
    *("authorization", "proxy-authorization", "cookie"),
    *("x-api-key", "api-key", "x-auth-token", "x-access-token", "private-token"),
)
_OURS = ("accept-encoding", "connection", "content-length", "te", "trailer", "transfer-encoding", "upgrade")

HeaderName = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$")]


def _check_sent(name: str) -> str:
    if name.lower() in _SECRET:
        raise ValueError(
            f"{name} holds a secret, which does not belong into promontory.yaml: write authenticate: true, which "
            "sends the server's token of PROMONTORY_TOKENS"
        )
    if name.lower() in _OURS:
        raise ValueError(f"{name} follows from the request, and cannot be set")
    return name


def _check_value(value: str) -> str:
    if not _plain(value):
        raise ValueError("a header holds printable ASCII characters only, without a space at its ends")
    return value


def _plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()


SentHeaders = dict[
    Annotated[HeaderName, AfterValidator(_check_sent)],
    Annotated[Template, Field(max_length=4096), AfterValidator(_check_value)],
]


def filled(headers: Mapping[str, str], target: Target) -> dict[str, str]:
    """Raises `Refused` where what was filled in is more than a value."""
    values = {name: target.fill(value) for name, value in headers.items()}
    for name, value in values.items():
        if not _plain(value):
            raise Refused(f"the header {name} cannot hold {value!r}")
    return values

"""One request, ready to be sent: everything is filled in and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from promontory.exchange.tls import SYSTEM, Tls

HIDDEN = "***"


@dataclass(frozen=True)
class Call:
    """``token`` is sent as a bearer token.

    It, ``headers`` and ``tls`` are for the server of ``url`` alone: a redirect to another one does not take them along.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    token: str | None = field(default=None, repr=False)
    tls: Tls = SYSTEM

    def hiding(self, text: str) -> str:
        """``text`` of the other side, in which the token does not stand: servers quote what they do not accept."""
        return text.replace(self.token, HIDDEN) if self.token else text

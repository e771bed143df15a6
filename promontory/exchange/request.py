"""A request as it is written in promontory.yaml, and what is sent for one release."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, Field, JsonValue, model_validator

from promontory.errors import UsageError
from promontory.exchange.answer import shown_url
from promontory.exchange.call import Call
from promontory.exchange.headers import SentHeaders, filled
from promontory.exchange.tls import SYSTEM, Tls
from promontory.model import Place
from promontory.options import Target, Template

TEXT = "text/plain; charset=utf-8"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TokenFor = Callable[[str], str | None]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def check_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is not an http or https URL")
    if "@" in parts.netloc:
        raise ValueError("a user name or password does not belong into a URL: it would be logged")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    _ = parts.port  # a ValueError where it is not a number
    return url


Url = Annotated[Template, AfterValidator(check_url)]


class Server(BaseModel):
    """How a server is asked: whom to trust, what to send along, and who we are."""

    headers: SentHeaders = Field(default={}, description="Headers that are sent along; never with a secret in them.")
    tls: Tls = Field(default=SYSTEM, description="Whom to trust, and who we are. Left out: what the system trusts.")
    authenticate: bool = Field(
        default=False, description="True sends the server's bearer token of PROMONTORY_TOKENS; to no other server."
    )

    def call(self, url: str, target: Target, token_for: TokenFor) -> Call:
        """A GET of ``url``, which is filled. Raises `UsageError` without a token, `Refused` for a bad header."""
        headers = filled(self.headers, target)
        token = _token(url, token_for) if self.authenticate else None
        return Call(url, headers=headers, token=token, tls=self.tls)

    def check_server(self, url: str) -> None:
        """A ValueError says why it cannot be asked like that."""
        parts = urlsplit(url)
        if parts.scheme == "https":
            return
        if self.authenticate and parts.hostname not in LOOPBACK:
            raise ValueError("authenticate: true wants https: a token would travel in the clear")
        if self.tls != SYSTEM:
            raise ValueError("tls: means nothing for an http URL")

    @property
    def doubts(self) -> tuple[str, ...]:
        return tuple(f"tls: {doubt}" for doubt in self.tls.doubts)


class HttpRequest(Server):
    """What is asked."""

    url: Url = Field(description="What is asked; http or https, without a user name or password.")
    method: Method = Field(default="GET", description="How it is asked: GET, HEAD, POST, …")
    body: JsonValue = Field(
        default=None,
        description="What is sent: text, or a mapping or list, which is sent as JSON. Placeholders are filled.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.check_server(self.url)
        if self.body is not None and self.method == "HEAD":
            raise ValueError("a HEAD request has no body")
        return self

    @property
    def shown(self) -> str:
        """For people, and without what may be secret."""
        return shown_url(self.url) if self.method == "GET" else f"{self.method} {shown_url(self.url)}"

    def for_target(self, target: Target, token_for: TokenFor) -> Call:
        """Raises as `call` does."""
        call = self.call(fill_url(self.url, target), target, token_for)
        body = target.fill_all(self.body)
        if body is None:
            return replace(call, method=self.method)
        text, sort = (body, TEXT) if isinstance(body, str) else (json.dumps(body), "application/json")
        typed = any(name.lower() == "content-type" for name in call.headers)
        headers = call.headers if typed else {**call.headers, "Content-Type": sort}
        return replace(call, method=self.method, content=text.encode("utf-8", "replace"), headers=headers)


def fill_url(url: str, target: Target) -> str:
    """Fill the placeholders so that a ``+`` or ``@`` of a release stays a part of its segment."""
    place = target.place
    quoted = Place(quote(place.application, safe=""), quote(place.environment, safe=""))
    return Target(quoted, quote(target.release, safe="")).fill(url)


def _token(url: str, token_for: TokenFor) -> str:
    if token := token_for(url):
        return token
    host = urlsplit(url).netloc
    raise UsageError(f"there is no token for {host}", f'add it to PROMONTORY_TOKENS: {{"{host}": "…"}}')

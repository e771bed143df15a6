"""Answers a registry's ``WWW-Authenticate``: a token from its token service, or the credentials themselves.

Credentials leave this process over https only, except to this very machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx

from promontory.errors import AuthenticationFailed, PromontoryError, TransientError
from promontory.releases.waiting import retry_after

_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


@dataclass(frozen=True)
class Credentials:
    """A password without a user name is a bearer token. Empty: anonymous."""

    username: str = ""
    password: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.password)

    @property
    def basic(self) -> httpx.BasicAuth | None:
        return httpx.BasicAuth(self.username, self.password) if self.username and self.password else None


def is_local(host: str) -> bool:
    """``localhost`` and ``127.0.0.1``, with or without a port."""
    return host.partition(":")[0] in ("localhost", "127.0.0.1")


class Tokens:
    """``header`` is what to send with each request, once a challenge was answered."""

    def __init__(self, client: httpx.Client, credentials: Credentials) -> None:
        self.client = client
        self.credentials = credentials
        self.header: dict[str, str] = {}

    def answer(self, refusal: httpx.Response) -> None:
        """Learn from a 401 what to send; leaves ``header`` empty where there is nothing to send."""
        challenges = refusal.headers.get_list("WWW-Authenticate")
        bearer = next((text for text in challenges if text.lower().startswith("bearer ")), None)
        basic = any(text.lower().startswith("basic") for text in challenges)
        if bearer is not None:
            self.header = {"Authorization": f"Bearer {self._token(_parameters(bearer))}"}
        elif basic and self.credentials.basic and _keeps_secrets(refusal.url):
            request = next(self.credentials.basic.auth_flow(httpx.Request("GET", refusal.url)))
            self.header = {"Authorization": request.headers["Authorization"]}

    def _token(self, challenge: dict[str, str]) -> str:
        if self.credentials.password and not self.credentials.username:
            return self.credentials.password
        realm = _realm(challenge)
        asked: dict[str, str] = {key: challenge[key] for key in ("service", "scope") if key in challenge}
        if self.credentials and not _keeps_secrets(realm):
            raise AuthenticationFailed(
                f"the registry sends us to {realm.host} over plain http for a token",
                "the credentials were not sent: the token service must speak https",
            )
        answer = self.client.get(realm.copy_merge_params(asked), auth=self.credentials.basic, follow_redirects=False)
        return _token_in(answer)


def _parameters(challenge: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(challenge)}


def _realm(challenge: dict[str, str]) -> httpx.URL:
    try:
        realm = httpx.URL(challenge.get("realm", ""))
    except httpx.InvalidURL:
        realm = httpx.URL("")
    if realm.scheme not in ("http", "https") or not realm.host:
        raise PromontoryError("the registry asks for a token but does not say where to get it")
    return realm


def _keeps_secrets(url: httpx.URL) -> bool:
    return url.scheme == "https" or is_local(url.host)


def _token_in(answer: httpx.Response) -> str:
    host = answer.url.host
    if answer.status_code == 429 or answer.status_code >= 500:
        message = f"the token service {host} answered HTTP {answer.status_code}"
        raise TransientError(message, retry_after=retry_after(answer.headers))
    if answer.status_code != 200:
        raise AuthenticationFailed(
            f"the token service {host} gave no token (HTTP {answer.status_code})",
            "check PROMONTORY_REGISTRY_USERNAME and PROMONTORY_REGISTRY_PASSWORD",
        )
    try:
        body = answer.json()
    except ValueError:
        body = None
    token = (body.get("token") or body.get("access_token")) if isinstance(body, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise PromontoryError(f"the token service {host} answered without a token")
    return token

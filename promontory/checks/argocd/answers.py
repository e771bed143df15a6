"""What an answer of Argo CD's own API means: a document, or an error that says what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from promontory.checks.argocd.application import one_line
from promontory.errors import ClusterError, ObjectConflict, ObjectNotFound, PromontoryError, TransientError
from promontory.exchange.answer import Answer, retry_after, shown_url

_AT_MOST = timedelta(minutes=5)
_ADDRESS = "correct server:, it is the address of Argo CD's UI"


@dataclass(frozen=True)
class Asked:
    """``verb``: get, list or sync; ``what`` is how errors call it. ``token``, ``project``: whether there is one."""

    verb: str
    what: str
    server: str
    token: bool
    project: bool

    @property
    def host(self) -> str:
        return urlsplit(self.server).netloc


def document_of(answer: Answer, asked: Asked) -> Mapping[str, Any]:
    """Raises `ObjectNotFound`, another `ClusterError`, or `TransientError` where it may work later."""
    said = _said(answer)
    if answer.status == 404 and said is not None and asked.verb != "list":
        raise ObjectNotFound(f"there is no {asked.what}")
    if not 200 <= answer.status < 300:
        raise _error(answer, asked, f": {said}" if said else "")
    with suppress(ValueError, RecursionError):
        if isinstance(document := json.loads(answer.body), dict):
            return document
    what = "more than can be read" if answer.cut else f"{answer.content_type or 'something'} that is no JSON object"
    raise ClusterError(f"{asked.server} answers with {what}", _ADDRESS)


def _error(answer: Answer, asked: Asked, said: str) -> PromontoryError:
    status = answer.status
    if status in (408, 429) or status >= 500:
        return TransientError(f"{asked.host} answers {status}{said}", retry_after=retry_after(answer, _AT_MOST))
    if status == 401:
        why = "does not accept the token" if asked.token else "wants a token, and there is none for it"
        return ClusterError(f"{asked.host} {why}{said}", f'put one into PROMONTORY_TOKENS: {{"{asked.host}": "…"}}')
    if status == 403:
        return _forbidden(asked, said)
    if status in (400, 409) and asked.verb == "sync":
        return ObjectConflict(f"{asked.what} cannot be synced now{said}")
    return _strange(answer, asked, said)


def _strange(answer: Answer, asked: Asked, said: str) -> ClusterError:
    if 300 <= answer.status < 400:
        to = one_line(shown_url(answer.headers.get("location", ""))) or "nowhere"
        message = f"{asked.host} redirects to {to}, where the token is not sent"
        return ClusterError(message, "write the address that answers by itself as server:")
    if answer.status == 404:
        return ClusterError(f"{asked.server} has no API of Argo CD", _ADDRESS)
    return ClusterError(f"{asked.host} refuses to {asked.verb} {asked.what} (HTTP {answer.status}){said}")


def _forbidden(asked: Asked, said: str) -> PromontoryError:
    """Without its project Argo CD does not tell an Application that is missing from one that may not be seen."""
    verb = "sync" if asked.verb == "sync" else "get"
    remedy = f"allow it in Argo CD's RBAC: p, ROLE, applications, {verb}, PROJECT/*, allow"
    message = f"the account of the token may not {asked.verb} {asked.what}{said}"
    if asked.verb != "get" or asked.project:
        return ClusterError(message, remedy)
    return TransientError(f"{message}; or there is none, which Argo CD tells where project: is given. Else {remedy}")


def _said(answer: Answer) -> str | None:
    """Argo CD's own words; None where it is not Argo CD that answers."""
    with suppress(ValueError, RecursionError):
        document = json.loads(answer.body)
        if isinstance(document, dict) and isinstance(document.get("message"), str):
            return one_line(document["message"])
    return None

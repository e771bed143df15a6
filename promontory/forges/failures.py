"""A status that is no success → the error that says what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from promontory.errors import (
    AuthenticationFailed,
    ForgeError,
    ForgeNotFound,
    ForgeRefused,
    PromontoryError,
    TransientError,
)
from promontory.forges.address import Address
from promontory.forges.answer import USUAL_WAIT, Answer, retry_after
from promontory.forges.shapes import line

_NUMBER = re.compile(r"/(?:pulls|issues|merge_requests)/(\d+)(?:/|$)")
_WORKFLOW = re.compile(r"/actions/workflows/([^/]+)/")
_LIMIT = re.compile(r"rate limit|abuse detection", re.IGNORECASE)


def failure(answer: Answer, path: str, address: Address, permissions: str, token: str) -> PromontoryError:
    """``permissions`` is what a token needs there, in words; ``token`` is what must not be repeated."""
    words = _words(answer).replace(token, "***")
    if transient := _transient(answer, words, address):
        return transient
    said = f": {words}" if words else ""
    if answer.status == 401:
        remedy = f"check PROMONTORY_FORGE_TOKEN: has it expired, and may it work on {address.repository}? {permissions}"
        return AuthenticationFailed(f"{address.host} does not accept the token{said}", remedy)
    if answer.status == 404:
        return ForgeNotFound(
            f"{address.host} has no {_subject(path, address)}, or hides it from the token{said}",
            f"check the repository's address and `forge:` in promontory.yaml. {permissions}",
            status=404,
        )
    if answer.status == 403:
        return ForgeRefused(f"{address.host} forbids it{said}", permissions, status=403)
    if 400 <= answer.status < 500:
        return ForgeRefused(
            f"{address.host} refuses it (HTTP {answer.status}){said}", _hint(answer), status=answer.status
        )
    return ForgeError(f"{address.host} answered HTTP {answer.status}{said}", status=answer.status)


def _transient(answer: Answer, words: str, address: Address) -> TransientError | None:
    # GitHub says "too often" with a 403, which else means "not you", so the headers and the words decide.
    limited = answer.status == 429 or (
        answer.status == 403 and (answer.spent or "retry-after" in answer.headers or bool(_LIMIT.search(words)))
    )
    if limited:
        wait = retry_after(answer)
        message = f"{address.host} does not want to be asked so often (HTTP {answer.status})"
        return TransientError(message, retry_after=USUAL_WAIT if wait is None else wait)
    if answer.status == 408 or answer.status >= 500:
        return TransientError(f"{address.host} answered HTTP {answer.status}", retry_after=retry_after(answer))
    return None


def _subject(path: str, address: Address) -> str:
    number, workflow = _NUMBER.search(path), _WORKFLOW.search(path)
    if workflow:
        return f"workflow {line(unquote(workflow[1]))} in {address.repository}"
    return f"pull request {number[1]} in {address.repository}" if number else f"repository {address.repository}"


def _hint(answer: Answer) -> str:
    if answer.status in (405, 406, 409):
        return "look at the pull request there: its state does not allow it"
    if answer.status == 423:
        return "the repository is archived or locked"
    return "check that both branches are there and differ, and what the repository's rules demand"


def _words(answer: Answer) -> str:
    """The forge's own explanation, in one line; empty where it gave none."""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    parts = [
        line(text) for key in ("message", "error", "error_description", "errors") for text in _texts(data.get(key))
    ]
    return line("; ".join(dict.fromkeys(part for part in parts if part)))


def _texts(value: object) -> Iterator[str]:
    """GitHub: a message and a list of objects. GitLab: a text, a list, or lists by field. Gitea: a text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value[:5]:
            yield from _texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("message"), str):
            yield value["message"]
        elif isinstance(value.get("code"), str):
            yield " ".join(str(value[key]) for key in ("field", "code") if isinstance(value.get(key), str))
        else:
            for key, items in list(value.items())[:5]:
                yield from (f"{key}: {text}" for text in _texts(items))

"""What a failed git means: the fitting error, with git's and the server's words made fit to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from promontory.errors import CorruptMirror, PromontoryError, PushRefused, RepositoryError, TransientError
from promontory.escaping.plain import words
from promontory.repository.meanings import CONNECTION, CORRUPT, LOST_RACE, REFUSED, Meaning

_LOCK = re.compile(r"unable to create '([^']+\.lock)': File exists", re.IGNORECASE)
_UNKNOWN_COMMIT = re.compile(r"not our ref ([0-9a-f]+)")
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/@\s'\"]+@")
_NOISE = re.compile(r"^(hint|warning): ?", re.IGNORECASE)
_WORDS = 2000


class LockLeft(TransientError):
    """A lock file stands in git's way; ``path`` is where."""

    def __init__(self, message: str, remedy: str = "", *, path: str = "") -> None:
        super().__init__(message, remedy)
        self.path = path


def read_failure(stderr: str, url: str, secrets: Iterable[str] = ()) -> PromontoryError:
    """The error for a failed clone, fetch or local call."""
    if match := _LOCK.search(stderr):
        return LockLeft("another git process is using the mirror", "run it again", path=match[1])
    if match := _UNKNOWN_COMMIT.search(stderr):
        return RepositoryError(f"{url} has no object {match[1]}", "it may have been removed by a force-push")
    words = clean(stderr, secrets)
    if found := _first(CONNECTION, stderr):
        return _error(found, url, words)
    if CORRUPT.search(stderr):
        return CorruptMirror(f"the local mirror of {url} is damaged", _said(words))
    return RepositoryError(f"git failed on {url}", _said(words))


def push_failure(answer: str, url: str, secrets: Iterable[str] = ()) -> PromontoryError:
    """The error for a failed push; ``answer`` is all that git printed."""
    words = clean(answer, secrets)
    if LOST_RACE.fits(answer):
        return _error(LOST_RACE, url, "")
    if "rejected]" in answer or "returned error: 403" in answer:
        found = _first(REFUSED, answer)
        return _error(found, url, words) if found else PushRefused(f"{url} refused the push", _said(words))
    # Without an answer for each branch the connection failed, except that a missing permission to write is
    # reported just like that, too: "ERROR: Permission to … denied", "could not read from remote repository".
    if found := _first(CONNECTION[:-1], answer):
        return _error(found, url, words)
    if found := _first(REFUSED, answer):
        return _error(found, url, words)
    return read_failure(answer, url, secrets)


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Git's and the server's words, fit to be shown: no secrets, no control characters, no hints, not endless."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _USERINFO.sub(r"\1", text)
    lines = (words(line) for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line and not _NOISE.match(line))[:_WORDS]


def _first(meanings: Iterable[Meaning], text: str) -> Meaning | None:
    return next((meaning for meaning in meanings if meaning.fits(text)), None)


def _error(meaning: Meaning, url: str, words: str) -> PromontoryError:
    message = meaning.message.format(url=url)
    return meaning.error(f"{message}:\n{words}" if words else message, meaning.remedy)


def _said(words: str) -> str:
    return f"git said: {words}" if words else ""

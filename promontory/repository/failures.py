"""What git's words on stderr mean: which of our errors, and what the reader can do about it.

The order of the table matters: git says several things at once, and the first match is the most telling one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from promontory.errors import (
    AuthenticationFailed,
    CorruptMirror,
    LostRace,
    PromontoryError,
    PushRefused,
    RepositoryError,
    RepositoryNotFound,
    TransientError,
)


class LockLeft(TransientError):
    """A lock file stands in git's way; ``path`` is where."""

    def __init__(self, message: str, remedy: str = "", *, path: str = "") -> None:
        super().__init__(message, remedy)
        self.path = path


@dataclass(frozen=True)
class _Meaning:
    pattern: re.Pattern[str]
    error: type[PromontoryError]
    message: str
    remedy: str = ""


def _meaning(pattern: str, error: type[PromontoryError], message: str, remedy: str = "") -> _Meaning:
    return _Meaning(re.compile(pattern, re.IGNORECASE | re.MULTILINE), error, message, remedy)


_ACCESS = "check the address, and that the credentials may read this repository"
_HOST_KEY = (
    "get it with `ssh-keyscan HOST`, compare its fingerprint with the one the server's owner publishes, "
    "and put it into ~/.ssh/known_hosts or the file that PROMONTORY_SSH_KNOWN_HOSTS names"
)
_CREDENTIALS = "set PROMONTORY_GIT_USERNAME and PROMONTORY_GIT_PASSWORD (a token), or use a Git credential helper"
_PERMISSION = "give the account the permission to push (contents: write) to this branch, or use another account"

_NOT_OURS = _meaning(r"not our ref|upload-pack: not our ref", RepositoryError, "{url} has no such commit")

_CONNECTION = (
    _meaning(
        r"host key verification failed|host key is known",
        AuthenticationFailed,
        "the ssh host key of {url} is not known, or has changed",
        _HOST_KEY,
    ),
    _meaning(
        r"permission denied \((publickey|password|keyboard)",
        AuthenticationFailed,
        "{url} refused the ssh key",
        "check PROMONTORY_SSH_KEY or the ssh agent, and that the key is registered with the server",
    ),
    _meaning(
        r"dubious ownership",
        RepositoryError,
        "{url} belongs to another user of this machine",
        "if you trust it: git config --global --add safe.directory PATH",
    ),
    _meaning(
        r"authentication failed|could not read (username|password)|terminal prompts disabled|returned error: 401|invalid credentials|HTTP Basic: Access denied",
        AuthenticationFailed,
        "{url} refused the credentials, or needs some",
        _CREDENTIALS,
    ),
    _meaning(r"returned error: (5\d\d|408|429)", TransientError, "{url} cannot answer now"),
    _meaning(r"returned error: 403", AuthenticationFailed, "{url} forbids this to the account", _ACCESS),
    _meaning(
        r"repository '.*' not found|repository not found|does not appear to be a git repository|does not exist|returned error: 404|could not be found|not valid: is this a git repository|no such file or directory$|repository .* is not available",
        RepositoryNotFound,
        "there is no Git repository at {url}",
        _ACCESS,
    ),
    _meaning(r"transport '.*' not allowed", RepositoryError, "{url} leads to a transport that is not allowed"),
    _meaning(
        r"certificate|ssl_error|server verification failed",
        AuthenticationFailed,
        "the TLS certificate of {url} cannot be trusted",
        "fix the certificate, or name your authority with GIT_SSL_CAINFO",
    ),
    _meaning(
        r"could not resolve host|connection (refused|reset|timed out|closed)|timed out|network is unreachable|no route to host|operation timed out|unexpected disconnect|early eof|hung up unexpectedly|broken pipe|RPC failed|failed to connect|could not connect|couldn't connect|empty reply from server|gnutls_handshake|temporary failure",
        TransientError,
        "{url} cannot be reached",
    ),
    _meaning(
        r"another git process|resource temporarily unavailable|cannot allocate memory|too many open files",
        TransientError,
        "git is busy",
    ),
    _meaning(
        r"no space left on device|disk quota exceeded",
        RepositoryError,
        "the disk is full",
        "make room in PROMONTORY_CACHE_DIR, or on the server",
    ),
    _meaning(r"could not read from remote repository", RepositoryNotFound, "{url} cannot be read", _ACCESS),
)

_REFUSED = (
    _meaning(
        r"stale info|fetch first|non-fast-forward|cannot lock ref.*(expected|exists)|incorrect old value|reference already exists|is at [0-9a-f]{40,64} but expected",
        LostRace,
        "somebody else pushed to {url} first",
    ),
    _meaning(
        r"cannot lock ref|unable to create .*\.lock|failed to update ref|failed to lock|another git process",
        TransientError,
        "the server's repository is being written to",
    ),
    _meaning(
        r"protected branch|GH006|GH013|branch is protected|not allowed to (force )?push code to protected|repository rule violations|branch protection",
        PushRefused,
        "{url} protects the branch",
        "let the account bypass the protection (or push to it), or promote through a pull request",
    ),
    _meaning(
        r"hook declined|pre-receive|update hook",
        PushRefused,
        "a hook of {url} declined the push",
        "the server's words above say what it asks for",
    ),
    _meaning(
        r"checked out branch",
        PushRefused,
        "{url} has a working tree with this branch checked out",
        "push to a bare repository",
    ),
    _meaning(
        r"returned error: 403|denied|read.only|not allowed to (push|upload)|write access|permission|insufficient|unpacker error|unpack failed|deny updating|hidden ref|prohibited",
        PushRefused,
        "{url} does not let the account push",
        _PERMISSION,
    ),
)

_CORRUPT = re.compile(
    r"bad object|not a git repository|unable to read |loose object|corrupt|inflate|invalid sha1 pointer|bad config"
    r"|far too short|index file .* is too|packfile |missing (blob|tree|commit|object)|object file .* is empty"
    r"|broken (link|ref)|bad (tree|ref|signature|pack)|reference broken|hash mismatch|lacks necessary|garbage at end"
    r"|(could not|unable to|failed to|cannot) (parse|read|open|unpack|get|load|mmap)|not a (valid|tree|commit) (object|commit)?"
    r"|invalid (object|reference|index-pack|pack|HEAD)|did not send all necessary|unresolved|non-monotonic"
    r"|remote error: upload-pack: not our ref|No such remote|'origin' does not appear|unknown repository extension"
    r"|expected git repo version|wrong index|sha1 mismatch|could not fetch .* from promisor|is not a commit|nonexistent",
    re.IGNORECASE,
)
_LOCK = re.compile(r"unable to create '([^']+\.lock)': File exists", re.IGNORECASE)
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/@\s'\"]+@")
_NOISE = re.compile(r"^(hint|warning): ?", re.IGNORECASE)
_WORDS = 2000


def read_failure(stderr: str, url: str, secrets: Iterable[str] = ()) -> PromontoryError:
    """The error for a failed clone, fetch or local call."""
    if match := _LOCK.search(stderr):
        return LockLeft("another git process is using the mirror", "run it again", path=match[1])
    words = clean(stderr, secrets)
    if found := _first((_NOT_OURS, *_CONNECTION), stderr):
        return _error(found, url, words)
    if _CORRUPT.search(stderr):
        return CorruptMirror(f"the local mirror of {url} is damaged", _said(words))
    return RepositoryError(f"git failed on {url}", _said(words))


def push_failure(answer: str, url: str, secrets: Iterable[str] = ()) -> PromontoryError:
    """The error for a failed push; ``answer`` is all that git printed."""
    words = clean(answer, secrets)
    if found := _first(_REFUSED[:1], answer):
        return _error(found, url, "")
    rejected = "[remote rejected]" in answer or "[rejected]" in answer or "returned error: 403" in answer
    if rejected and (found := _first(_REFUSED[1:], answer)):
        return _error(found, url, words)
    if found := _first(_CONNECTION[:-1], answer):
        return _error(found, url, words)
    if found := _first(_REFUSED[1:], answer):
        return _error(found, url, words)
    return PushRefused(f"{url} refused the push", _said(words)) if rejected else read_failure(answer, url, secrets)


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Git's and the server's words, fit to be shown: no secrets, no control characters, no hints, not endless."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _USERINFO.sub(r"\1", text)
    lines = ("".join(c for c in line if c.isprintable()).strip() for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line and not _NOISE.match(line))[:_WORDS]


def _first(meanings: Iterable[_Meaning], text: str) -> _Meaning | None:
    return next((meaning for meaning in meanings if meaning.pattern.search(text)), None)


def _error(meaning: _Meaning, url: str, words: str) -> PromontoryError:
    message = meaning.message.format(url=url)
    return meaning.error(f"{message}:\n{words}" if words else message, meaning.remedy)


def _said(words: str) -> str:
    return f"git said: {words}" if words else ""

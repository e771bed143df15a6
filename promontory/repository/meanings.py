"""A table: git's and the servers' phrases, and which of our errors each of them means.

The order matters: git says several things at once, and the first match is the most telling one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from promontory.errors import (
    AuthenticationFailed,
    LostRace,
    PromontoryError,
    PushRefused,
    RepositoryError,
    RepositoryNotFound,
    TransientError,
)


@dataclass(frozen=True)
class Meaning:
    """``phrases`` are regular expressions; ``message`` may hold ``{url}``."""

    error: type[PromontoryError]
    message: str
    remedy: str
    phrases: tuple[str, ...]

    def fits(self, text: str) -> bool:
        return any(re.search(phrase, text, re.IGNORECASE | re.MULTILINE) for phrase in self.phrases)


_ACCESS = "check the address, and that the credentials may read this repository"

BUSY = Meaning(TransientError, "git is busy", "", ("another git process", "resource temporarily unavailable"))

CONNECTION = (
    Meaning(
        AuthenticationFailed,
        "the ssh host key of {url} is not known, or has changed",
        "get it with `ssh-keyscan HOST`, compare its fingerprint with the one that the server's owner publishes, "
        "and put it into ~/.ssh/known_hosts or the file that PROMONTORY_SSH_KNOWN_HOSTS names",
        ("host key verification failed", "host key is known"),
    ),
    Meaning(
        AuthenticationFailed,
        "{url} refused the ssh key",
        "check PROMONTORY_SSH_KEY or the ssh agent, and that the key is registered with the server",
        (r"permission denied \((publickey|password|keyboard)",),
    ),
    Meaning(
        RepositoryError,
        "{url} belongs to another user of this machine",
        "if you trust it: git config --global --add safe.directory PATH",
        ("dubious ownership",),
    ),
    Meaning(
        AuthenticationFailed,
        "{url} refused the credentials, or needs some",
        "set PROMONTORY_GIT_USERNAME and PROMONTORY_GIT_PASSWORD (a token), or use a Git credential helper",
        (
            "authentication failed",
            "could not read (username|password)",
            "terminal prompts disabled",
            "returned error: 401",
            "invalid credentials",
            "HTTP Basic: Access denied",
        ),
    ),
    Meaning(TransientError, "{url} cannot answer now", "", (r"returned error: (5\d\d|408|429)", r"HTTP (5\d\d|429)\b")),
    Meaning(AuthenticationFailed, "{url} forbids this to the account", _ACCESS, ("returned error: 403",)),
    Meaning(
        RepositoryNotFound,
        "there is no Git repository at {url}",
        _ACCESS,
        (
            "repository '.*' not found",
            "repository not found",
            "repository '.*' does not exist",
            "does not appear to be a git repository",
            "returned error: 404",
            "project you were looking for could not be found",
            "not valid: is this a git repository",
        ),
    ),
    Meaning(RepositoryError, "{url} leads to a transport that is not allowed", "", ("transport '.*' not allowed",)),
    Meaning(
        AuthenticationFailed,
        "the TLS certificate of {url} cannot be trusted",
        "correct the certificate, or name your authority's file in GIT_SSL_CAINFO",
        ("certificate", "server verification failed"),
    ),
    Meaning(
        TransientError,
        "{url} cannot be reached",
        "",
        (
            "could not resolve",
            "connection (was )?(refused|reset|timed out|closed)",
            "timed out",
            "network is unreachable",
            "no route to host",
            "unexpected disconnect",
            "early eof",
            "hung up unexpectedly",
            "broken pipe",
            "RPC failed",
            "(failed|could not|couldn't) (to )?connect",
            "empty reply from server",
            "handshake",
            "temporary failure",
        ),
    ),
    BUSY,
    Meaning(
        RepositoryError,
        "the disk is full",
        "make room where PROMONTORY_CACHE_DIR is, or on the server",
        ("no space left on device", "disk quota exceeded"),
    ),
    Meaning(RepositoryNotFound, "{url} cannot be read", _ACCESS, ("could not read from remote repository",)),
)

LOST_RACE = Meaning(
    LostRace,
    "somebody else pushed to {url} first",
    "",
    (
        "stale info",
        "fetch first",
        "non-fast-forward",
        "cannot lock ref.*expected",
        "incorrect old value",
        "reference already exists",
    ),
)

REFUSED = (
    Meaning(
        TransientError,
        "the repository at {url} is being written to",
        "",
        ("cannot lock ref", r"unable to create .*\.lock", "failed to (update ref|lock)", "another git process"),
    ),
    Meaning(
        PushRefused,
        "{url} protects the branch",
        "allow the account to push to the protected branch, or promote through a pull request",
        ("protected branch", "GH006", "GH013", "branch is protected", "rule violations", "branch protection"),
    ),
    Meaning(
        PushRefused,
        "a hook of {url} declined the push",
        "the server's words say what it asks for",
        ("hook declined",),
    ),
    Meaning(
        PushRefused,
        "a working tree at {url} has this branch checked out",
        "use a bare repository",
        ("checked out",),
    ),
    Meaning(
        PushRefused,
        "{url} does not let the account push",
        "give it the permission to write to the repository (contents: write), or use another account",
        (
            "returned error: 403",
            "denied",
            r"read.only",
            "not allowed to (push|upload)",
            "write access",
            "permission",
            "unpacker error",
            "unpack failed",
            "hidden ref",
            "prohibited",
        ),
    ),
)

# What git says about its own object store and configuration, as opposed to the server's.
CORRUPT = re.compile(
    "|".join(
        (
            "bad (object|tree|ref|signature|pack|config)",
            "not a git repository",
            "(could not|unable to|failed to|cannot) (parse|read|open|unpack|get|load|mmap|be mapped)",
            "loose object",
            "corrupt",
            "inflate",
            "invalid (object|reference|index-pack|pack|head|sha1 pointer)",
            "far too short",
            "is too small",
            "packfile ",
            "missing (blob|tree|commit|object)",
            "object file .* is empty",
            "broken",
            "(hash|sha1) mismatch",
            "lacks necessary",
            "garbage at end",
            "not a (valid|tree|commit)",
            "did not send all necessary",
            "unresolved",
            "non-monotonic",
            "wrong index",
            "no such remote",
            "unknown repository extension",
            "expected git repo version",
            "not a commit",
            "nonexistent",
            "failed to traverse",
        )
    ),
    re.IGNORECASE,
)

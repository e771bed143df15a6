"""Where a Git repository may be: an address that carries no secret and starts no program."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

_SCHEMES = ("https", "http", "ssh", "file")
_REMOTE_HELPER = re.compile(r"[A-Za-z0-9]+::")


def check_repository_url(url: str) -> str:
    """Return ``url`` unchanged; a ValueError says what is wrong with it without repeating it."""
    if url.startswith("-") or not url.isprintable() or _REMOTE_HELPER.match(url):
        raise ValueError("this is no repository: give an https, ssh or file URL, or a path")
    if "://" not in url:
        return url
    scheme = url.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        raise ValueError(f"Git repositories are reached over {', '.join(_SCHEMES)}, not {scheme}")
    _refuse_credentials(url, scheme)
    return url


def _refuse_credentials(url: str, scheme: str) -> None:
    # A user name over https is often the token itself, so there it is refused like a password.
    parts = urlsplit(url)
    if parts.password is not None or (parts.username is not None and scheme in ("http", "https")):
        raise ValueError(
            "credentials in a URL end up in logs: take them out, and set PROMONTORY_GIT_USERNAME and "
            "PROMONTORY_GIT_PASSWORD or use Git's credential helper"
        )


RepositoryUrl = Annotated[str, Field(min_length=1), AfterValidator(check_repository_url)]


_SCP = re.compile(r"(?:[^/:@]+@)?([^/:@]+):(?!//)(.+)")


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses mean one repository: over https, ssh or ``git@host:path``, with or without ``.git``."""
    return _identity(one) == _identity(other)


def repository_name(url: str) -> str:
    """What a repository is called by everybody, whichever way they reach it: ``host/path``; a path on this machine."""
    host, path = _identity(url)
    return f"{host}/{path}"


def _identity(url: str) -> tuple[str, str]:
    """Host and path. The scheme, the user and the port say how a server is reached, not what is there."""
    scp = _SCP.fullmatch(url) if "://" not in url else None
    if scp:
        host, path = scp[1], scp[2]
    else:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    return host.lower(), path.strip("/").removesuffix(".git").rstrip("/")

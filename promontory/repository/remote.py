"""Repository addresses: what may be one, what of it may be shown, and what is a secret in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from promontory.errors import UsageError

_TRANSPORTS = ("https", "http", "ssh", "file")
_DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22}
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# Git's own rule: a colon before the first slash means host:path.
_SCP = re.compile(r"(?:(?P<user>[^/:@]+)@)?(?P<host>[^/:@]+|\[[0-9A-Fa-f:.]+\]):(?P<path>.+)")
_REMEDY = "write https://…, ssh://…, user@host:path, file:///… or a path"


@dataclass(frozen=True)
class Remote:
    """``url`` is what Git is given and what may be shown: an http user name and every password are cut out of it.

    ``identity`` is the same for all spellings of one repository; ``origin`` is ``scheme://host[:port]`` for http(s).
    """

    url: str
    identity: str
    scheme: str
    origin: str = ""
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def directory_name(self) -> str:
        """A name for the mirror: readable, unique, and safe on every file system."""
        last = re.split(r"[/:]", self.identity)[-1]
        readable = re.sub(r"[^A-Za-z0-9._-]", "-", last).strip(".-")[:40] or "repository"
        return f"{readable}-{sha256(self.identity.encode()).hexdigest()[:16]}.git"


def parse_remote(url: str, relative_to: Path | None = None) -> Remote:
    """Raises `UsageError` for what is no address of a repository, or one of a transport that runs programs."""
    if not url or url.startswith("-") or not url.isprintable():
        raise UsageError("the repository's address is empty, begins with '-' or has control characters", _REMEDY)
    if helper := _HELPER.match(url):
        raise UsageError(f"transport {helper[0]} is not allowed for a repository", _REMEDY)
    if scheme := _SCHEME.match(url):
        return _from_url(url, scheme[1].lower())
    if match := _SCP.fullmatch(url):
        return _from_scp(match)
    return _from_path((relative_to or Path.cwd()) / Path(url).expanduser())


def _from_url(url: str, scheme: str) -> Remote:
    if scheme not in _TRANSPORTS:
        raise UsageError(f"transport {scheme}:// is not allowed for a repository", _REMEDY)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("the repository's address has a host or port that cannot be read", _REMEDY) from None
    if scheme == "file":
        return _from_file_url(url, parts)
    host = (parts.hostname or "").lower()
    if not host or host.startswith("-"):
        raise UsageError("the repository's address names no host", _REMEDY)
    place = f"[{host}]" if ":" in host else host
    if port and port != _DEFAULT_PORTS[scheme]:
        place += f":{port}"
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    identity = f"{scheme}://{place}{_without_suffix(parts.path)}"
    if scheme == "ssh":
        user = f"{parts.username}@" if parts.username else ""
        if user.startswith("-"):
            raise UsageError("the repository's address has a user name that begins with '-'", _REMEDY)
        return Remote(f"ssh://{user}{place}{parts.path}", identity, scheme)
    query = f"?{parts.query}" if parts.query else ""
    origin = f"{scheme}://{place}"
    return Remote(f"{origin}{parts.path}{query}", identity + query, scheme, origin, username, password)


def _from_file_url(url: str, parts: SplitResult) -> Remote:
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise UsageError(f"{url} names no absolute path", "write file:///path/to/repository.git")
    return Remote(f"file://{parts.path}", f"file://{Path(unquote(parts.path)).resolve()}", "file")


def _from_scp(match: re.Match[str]) -> Remote:
    user, host, path = match["user"], match["host"], match["path"]
    if host.startswith("-") or path.startswith("-") or (user or "").startswith("-"):
        raise UsageError("the repository's address has a part that begins with '-'", _REMEDY)
    identity = f"ssh://{host.lower()}/{_without_suffix(path).lstrip('/')}"
    return Remote(match[0], identity, "ssh")


def _from_path(path: Path) -> Remote:
    return Remote(str(path.absolute()), f"file://{path.resolve()}", "file")


def _without_suffix(path: str) -> str:
    return path.rstrip("/").removesuffix(".git")

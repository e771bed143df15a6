"""Which forge a repository is on: from its address, and from what promontory.yaml says where that is not enough."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from promontory.config import ForgeOptions
from promontory.errors import UsageError

KNOWN = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
}
# GitHub Enterprise Cloud with data residency.
_GITHUB_TENANTS = ".ghe.com"
# Where they take ssh on the https port.
_SSH_NAMES = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
_SCP = re.compile(r"(?:[^/:@]+@)?(?P<host>[^/:@]+):(?P<path>.+)")
_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.-]+")
_REMEDY = "write `forge: {kind: …, url: https://…, repository: owner/name}` into promontory.yaml"


@dataclass(frozen=True)
class Address:
    """``url`` is the forge's own, without a slash at the end; ``repository`` is ``owner/name`` or a longer path."""

    kind: str
    url: str
    repository: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def __str__(self) -> str:
        return f"{self.repository} on {self.host}"


@dataclass(frozen=True)
class _Place:
    """What a repository's address says: ``url`` of the server, empty where it is a path on this machine."""

    url: str
    path: str


def address_of(repository_url: str, options: ForgeOptions | None = None) -> Address:
    """Raises `UsageError`, with what to write into promontory.yaml, where it cannot be known."""
    options = options or ForgeOptions()
    place = _place(repository_url)
    url = (options.url or place.url).rstrip("/")
    if not url:
        raise UsageError("the repository's address names no forge", _REMEDY)
    kind = options.kind or _kind(url)
    return Address(kind, url, _checked(options.repository or _within(url, place.path), kind))


def repository_host(repository_url: str) -> str:
    """The name of the server that the repository is on, without a port; empty for a path."""
    return urlsplit(_place(repository_url).url).hostname or ""


def _place(url: str) -> _Place:
    if "://" in url:
        parts = urlsplit(url)
        host = _SSH_NAMES.get(parts.hostname or "", parts.hostname or "")
        if parts.scheme in ("http", "https"):
            # A checkout's own address may have a user name and a password in it.
            return _Place(f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}", parts.path)
        # The port of ssh says nothing about that of https.
        return _Place(f"https://{host}", parts.path) if parts.scheme == "ssh" and host else _Place("", "")
    match = _SCP.fullmatch(url)
    if match is None:
        return _Place("", "")
    host = match["host"].lower()
    return _Place(f"https://{_SSH_NAMES.get(host, host)}", match["path"])


def _kind(url: str) -> str:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if host in KNOWN or host.endswith(_GITHUB_TENANTS):
        return KNOWN.get(host, "github")
    raise UsageError(
        f"which kind of forge {host} is does not follow from its address",
        "write `forge: {kind: …}` into promontory.yaml: github, gitlab or gitea (Forgejo is a gitea)",
    )


def _within(url: str, path: str) -> str:
    """The repository's path on the forge, which may itself live below a path of its server."""
    below = urlsplit(url).path
    path = "/" + path.strip("/").removesuffix(".git")
    return (path.removeprefix(below) if path.startswith(f"{below}/") else path).strip("/")


def _checked(repository: str, kind: str) -> str:
    segments = repository.split("/")
    right = len(segments) >= 2 if kind == "gitlab" else len(segments) == 2
    if not right or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise UsageError(f"{repository!r} is no repository of a {kind}: it is called owner/name there", _REMEDY)
    return repository

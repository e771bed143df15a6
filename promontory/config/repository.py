"""The GitOps repository, and the forge that it is on."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from promontory.config.section import Section, Text
from promontory.repository_url import RepositoryUrl


def _check_branch(name: str) -> str:
    if name.startswith("-") or ".." in name or not name.isprintable() or any(mark in name for mark in " ~^:?*[\\"):
        raise ValueError(f"{name!r} cannot be a branch")
    return name


def _check_forge_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or "@" in url or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError("give the forge's address without user name, password and query: https://git.acme.example")
    return url


class RepositoryOptions(Section):
    """The GitOps repository, where it is not the one that promontory.yaml is in."""

    url: RepositoryUrl = Field(description="Where the repository is: an https, ssh or file URL, or a path.")
    branch: Annotated[Text, AfterValidator(_check_branch)] | None = Field(
        default=None, description="The branch that the environments follow. Left out: the repository's default branch."
    )


class ForgeOptions(Section):
    """Where pull requests and commit statuses go. What the repository's address says already can be left out."""

    kind: Text | None = Field(default=None, description="What it is: github, gitlab or gitea (also for Forgejo).")
    url: Annotated[Text, AfterValidator(_check_forge_url)] | None = Field(
        default=None, description="Where it is, e.g. https://git.acme.example. Left out: the repository's server."
    )
    repository: Text | None = Field(
        default=None, description="What the repository is called there, e.g. acme/gitops. Left out: as in its address."
    )

"""Releases are the images of a container registry."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from promontory.release import split_release
from promontory.releases.contract import ReleaseSource, TagLister

# The distribution specification's grammar of names, after a host that has a dot, a port or is localhost.
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def split_repository(repository: str) -> tuple[str, str]:
    """``ghcr.io/acme/web-app`` → (``ghcr.io``, ``acme/web-app``); without a host it is Docker Hub's."""
    first, slash, rest = repository.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    host, name = (first, rest) if named else ("docker.io", repository)
    if host in ("docker.io", "index.docker.io"):
        return "registry-1.docker.io", name if "/" in name else f"library/{name}"
    return host, name


class Registry(ReleaseSource):
    """A release exists where the registry has its image.

    Private registries: PROMONTORY_REGISTRY_USERNAME and PROMONTORY_REGISTRY_PASSWORD.
    """

    kind: Literal["registry"] = "registry"
    repository: str = Field(
        min_length=1, max_length=255, description="The image without tag or digest, e.g. ghcr.io/acme/web-app."
    )

    @field_validator("repository")
    @classmethod
    def _check_repository(cls, repository: str) -> str:
        host, name = split_repository(repository)
        if not _HOST.fullmatch(host) or not _NAME.fullmatch(name):
            raise ValueError("give the image without scheme, tag and digest, e.g. ghcr.io/acme/web-app")
        return repository

    @property
    def label(self) -> str:
        return f"the registry's {self.repository}"

    def knows(self, release: str, tags: TagLister) -> bool:  # noqa: ARG002 - the contract's; a registry needs no Git
        # httpx is slow to import, and only this needs it.
        from promontory.releases.distribution import manifest_exists, registry_credentials

        tag, digest = split_release(release)
        if not digest and not _TAG.fullmatch(tag):
            return False
        host, name = split_repository(self.repository)
        return manifest_exists(host, name, digest or tag, registry_credentials())

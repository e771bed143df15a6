"""Releases are the images of a container registry."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from promontory.errors import UsageError
from promontory.release import is_release, split_release
from promontory.releases.contract import TagLister
from promontory.releases.ranked import RankedSource

if TYPE_CHECKING:
    from promontory.releases.distribution import Image

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


class Registry(RankedSource):
    """A release exists where the registry has its image.

    Private registries: PROMONTORY_REGISTRY_USERNAME and PROMONTORY_REGISTRY_PASSWORD.
    """

    kind: Literal["registry"] = "registry"
    repository: str = Field(
        min_length=1, max_length=255, description="The image without tag or digest, e.g. ghcr.io/acme/web-app."
    )
    digest: bool = Field(
        default=False,
        strict=True,
        description="Pin what is tested: v1.3.0 is promoted as v1.3.0@sha256:…, with the digest that it has then.",
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

    def knows(self, release: str, surroundings: TagLister) -> bool:  # noqa: ARG002 - the contract's; it needs no Git
        # httpx is slow to import, and only this needs it.
        from promontory.releases.manifest import manifest_exists

        tag, digest = split_release(release)
        if not digest and not _TAG.fullmatch(tag):
            return False
        with self._image() as image:
            return manifest_exists(image, digest or tag)

    def releases(self, surroundings: TagLister) -> tuple[str, ...]:  # noqa: ARG002 - likewise
        from promontory.releases.tag_list import list_tags

        with self._image() as image:
            return tuple(tag for tag in list_tags(image) if is_release(tag))

    @property
    def pins(self) -> bool:
        return self.digest

    def pin(self, release: str) -> str:
        from promontory.releases.manifest import manifest_digest

        tag, digest = split_release(release)
        if digest or not self.digest:
            return release
        with self._image() as image:
            found = manifest_digest(image, tag) if _TAG.fullmatch(tag) else None
        if found is None:
            remedy = "check the spelling; was it published?"
            raise UsageError(f"{self.label} has no release {release}, so that it cannot be pinned", remedy)
        return f"{tag}@{found}"

    def _image(self) -> AbstractContextManager[Image]:
        from promontory.releases.distribution import open_image, registry_credentials

        return open_image(*split_repository(self.repository), registry_credentials())

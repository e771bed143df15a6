"""What a GitOps repository wants to run, as whoever follows it sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

Place = tuple[str, str]
"""Environment and application."""


@dataclass(frozen=True)
class Origin:
    """Where the manifests of one place stand, and the image that its release is a tag or digest of."""

    repository: str = "https://git.example/gitops.git"
    path: str = "."
    branch: str = "main"
    image: str = "image"

    def image_of(self, release: str) -> str:
        return f"{self.image}{'@' if release.startswith('sha256:') else ':'}{release}"


@dataclass(frozen=True)
class Head:
    """What the repository wants at one commit."""

    commit: str
    releases: Mapping[Place, str]
    origins: Mapping[Place, Origin] = field(default_factory=dict)

    def origin(self, place: Place) -> Origin:
        return self.origins.get(place, Origin())


class Source(Protocol):
    """How the repository is read. It may raise anything."""

    def __call__(self, commit: str | None = None) -> Head:
        """At the newest commit, or at a certain one."""

"""Which release a pod template runs, by the images of its containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promontory.release import split_release

_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True)
class ImageReference:
    """``ghcr.io/acme/web-app:v1.3.0@sha256:…`` in its parts; a part that is absent is empty."""

    name: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        rest, _, digest = text.partition("@")
        path, slash, last = rest.rpartition("/")
        name, _, tag = last.partition(":")  # a colon further left is the registry's port
        return cls(f"{path}{slash}{name}", tag, digest)

    def runs(self, release: str) -> bool:
        """Digests decide where both have one: a tag may have been moved since."""
        tag, digest = split_release(release)
        if digest and self.digest:
            return digest == self.digest
        return bool(tag) and tag == self.tag


def same_image(one: str, other: str) -> bool:
    """Whether two names mean one repository: Docker Hub's has several."""
    return _full_name(one) == _full_name(other)


def images(template: Mapping[str, Any]) -> list[str]:
    """Those of a pod template's containers. What initializes a pod does not run in it."""
    return [str(container.get("image", "")) for container in (template.get("spec") or {}).get("containers") or []]


def stale(template: Mapping[str, Any], release: str, image: str | None) -> str:
    """Why this is not the release; empty where it is: some container runs it, or each of those of ``image`` does."""
    found = [text for text in images(template) if image is None or same_image(ImageReference.parse(text).name, image)]
    if not found:
        return f"no container runs the image {image}, but {_listed(images(template)) or 'none at all'}"
    running = [ImageReference.parse(text).runs(release) for text in found]
    if any(running) if image is None else all(running):
        return ""
    return f"runs {_listed(found)}, not {release} yet"


def _full_name(name: str) -> str:
    host, slash, rest = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = _DOCKER_HUB[0], name
    if host in _DOCKER_HUB:
        return f"{_DOCKER_HUB[0]}/{rest if '/' in rest else f'library/{rest}'}"
    return f"{host}/{rest}"


def _listed(found: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(found))

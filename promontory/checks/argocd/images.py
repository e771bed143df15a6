"""Does an Application run the release's image? As its status tells the images of what it has in the cluster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from promontory.options import Target
from promontory.release import split_release

_RELEASE = "{release}"


@dataclass(frozen=True)
class Image:
    """``ghcr.io/acme/web-app:v1.3.0@sha256:…`` in its parts; what is absent is empty."""

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def read(cls, text: str) -> Image:
        named, _, digest = text.partition("@")
        directory, slash, last = named.rpartition("/")
        name, _, tag = last.partition(":")
        return cls(f"{directory}{slash}{name}", tag, digest)

    def is_of(self, wanted: Image) -> bool:
        """A digest is the image; without one the tag is."""
        if self.name != wanted.name:
            return False
        if self.digest and wanted.digest:
            return self.digest == wanted.digest
        return bool(self.tag) and self.tag == wanted.tag

    def __str__(self) -> str:
        tag, digest = (f":{self.tag}" if self.tag else ""), (f"@{self.digest}" if self.digest else "")
        return f"{self.name}{tag}{digest}"


def missing_image(images: Collection[str], template: str, target: Target) -> str:
    """Why none of ``images`` is that of the release; empty where one is."""
    wanted = _wanted(template, target)
    if any(Image.read(image).is_of(wanted) for image in images):
        return ""
    others = [image for image in images if Image.read(image).name == wanted.name]
    return f"runs {', '.join(others) if others else f'no image {wanted.name}'}, not {wanted} yet"


def _wanted(template: str, target: Target) -> Image:
    """Without a tag of its own, and with the placeholder at its end, it is the release's tag and digest."""
    name = target.fill(template.removesuffix(_RELEASE).rstrip(":@") if template.endswith(_RELEASE) else template)
    image = Image.read(name)
    if image.tag or image.digest:
        return image
    tag, digest = split_release(target.release)
    return Image(image.name, tag, digest)

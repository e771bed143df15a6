"""The release in ``image:`` values: ``registry:5000/app:3.0@sha256:…`` is repository, tag and digest.

Where it stands: at a path in a file, or in every ``image:`` of one repository, in a strategic merge patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from promontory.errors import StrategyError
from promontory.options import check_template
from promontory.release import split_release
from promontory.suggestion import suggest
from promontory.yamledit import Alias, Mapping, Node, Scalar, Sequence, YamlFile, behind_alias, editable, find, replace


def split_reference(reference: str) -> tuple[str, str | None]:
    """(repository, release): a colon is a registry's port when a slash follows. None: neither tag nor digest."""
    name, _, digest = reference.partition("@")
    tag = ""
    if ":" in name.rpartition("/")[2]:
        name, _, tag = name.rpartition(":")
    return name, joined(tag, digest)


def joined(tag: str, digest: str) -> str | None:
    """``v1``, ``sha256:…`` or ``v1@sha256:…``; None of neither. The inverse of `split_release`."""
    return "@".join(part for part in (tag, digest) if part) or None


def with_release(repository: str, release: str) -> str:
    tag, digest = split_release(release)
    return repository + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def _check_image(image: str) -> str:
    check_template(image)
    repository, release = split_reference(image)
    if release:
        raise ValueError(f"{image!r} has a tag or digest: write {repository!r}, the release is what changes")
    if not image.isprintable() or " " in image:
        raise ValueError(f"{image!r} is not an image's name: it has white space or control characters")
    return image


ImageName = Annotated[str, Field(min_length=1), AfterValidator(_check_image)]


def image_at(file: YamlFile, key: str, image: str, below: Node | None = None) -> Scalar:
    """The scalar at ``key``, which must be a reference to ``image``."""
    scalar = editable(file, find(file, key, below))
    repository, _ = split_reference(scalar.value)
    if repository != image:
        raise file.error(scalar, f"{key} names the image {repository!r}, not {image!r}", "correct image: or key:")
    return scalar


def images(file: YamlFile, image: str) -> list[Scalar]:
    """Every ``image:`` of this repository, all at one release. Raises for none, and where they differ."""
    values = [value for document in file.documents for value in _image_values(document)]
    ours = [editable(file, value) for value in values if split_reference(_text(value))[0] == image]
    if not ours:
        known = dict.fromkeys(split_reference(_text(value))[0] for value in values if _text(value))
        raise StrategyError(f"{file.name} has no image: {image}{suggest(image, known)}", "correct image: or file:")
    if len({scalar.value for scalar in ours}) > 1:
        found = ", ".join(f"{scalar.value} in line {file.line(scalar)}" for scalar in ours)
        raise StrategyError(f"{file.name} has {image} at several releases: {found}", "make them the same by hand once")
    return ours


def read_images(scalars: list[Scalar]) -> str | None:
    return split_reference(scalars[0].value)[1]


def write_images(file: YamlFile, scalars: list[Scalar], image: str, release: str) -> bytes:
    return replace(file, [(scalar, with_release(image, release)) for scalar in scalars])


def _text(node: Node) -> str:
    value = behind_alias(node)
    return value.value if isinstance(value, Scalar) else ""


def _image_values(document: Node) -> Iterator[Scalar | Alias]:
    """What stands under a key ``image``, at any depth, in the order of the file; aliases are not entered."""
    queue = [document]
    while queue:
        node = queue.pop()
        if isinstance(node, Sequence):
            queue.extend(reversed(node.items))
        elif isinstance(node, Mapping):
            value = node.get("image")
            if isinstance(value, Scalar | Alias):
                yield value
            queue.extend(value for _, value in reversed(node.pairs))

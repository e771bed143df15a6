"""The release in a file that the user has named: at a key, in images, or in an Argo CD Application's image list."""

from __future__ import annotations

from promontory.strategies.application_images import is_image_list, read_listed, write_listed
from promontory.strategies.image_references import images, read_images, write_images
from promontory.strategies.keyed_value import read_key, write_key
from promontory.yamledit import YamlFile


def read_release(file: YamlFile, key: str | None, image: str | None) -> str | None:
    if key and image and is_image_list(key):
        return read_listed(file, key, image)
    return read_key(file, key, image) if key else read_images(images(file, image or ""))


def write_release(file: YamlFile, key: str | None, image: str | None, release: str) -> bytes:
    """The file's new bytes."""
    if key and image and is_image_list(key):
        return write_listed(file, key, image, release)
    if key:
        return write_key(file, key, release, image)
    return write_images(file, images(file, image or ""), image or "", release)

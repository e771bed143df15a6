"""The release in ``kustomize.images`` of an Argo CD Application: texts such as ``app=mirror/app:v1@sha256:…``.

Argo CD hands each of them to ``kustomize edit set image``: before ``=`` the name in the manifests, behind it the
image that is taken in its place; without ``=`` there is only the one name. The release is what the reference ends
with, by the same rule as elsewhere: a tag, a digest, or both.
"""

from __future__ import annotations

from promontory.strategies.image_references import split_reference, with_release
from promontory.yamledit import (
    Mapping,
    Scalar,
    Sequence,
    YamlFile,
    add_item,
    add_sequence,
    editable,
    find,
    holder,
    parse_path,
    reach,
    replace,
)

_LIST = ("kustomize", "images")


def is_image_list(key: str) -> bool:
    return parse_path(key)[-2:] == _LIST


def read_listed(file: YamlFile, key: str, image: str) -> str | None:
    """The release of the image; None where the list has no such image, or there is no list."""
    entry = _entry(file, _list(file, key), image)
    return split_reference(entry.value)[1] if entry else None


def write_listed(file: YamlFile, key: str, image: str, release: str) -> bytes:
    """The file's bytes with the image at ``release``; one that is missing is added in the file's style."""
    images = _list(file, key)
    if entry := _entry(file, images, image):
        repository, _ = split_reference(entry.value)
        return replace(file, [(entry, with_release(repository, release))])
    added = with_release(image, release)
    if isinstance(images, Sequence):
        return add_item(file, images, added)
    node, missing = reach(file, key)
    if isinstance(node, Scalar):  # the list is null, which is replaced where it stands
        node, missing = holder(file, key) or node, _LIST[-1:]
    if not isinstance(node, Mapping) or missing not in (_LIST, _LIST[-1:]):
        find(file, key)
        raise file.error(node, f"{key} cannot be added here")
    if len(file.documents) > 1:
        raise file.error(node, f"no document has {key}", "say with document: which one should have it")
    return add_sequence(file, node, tuple(str(step) for step in missing), added)


def _list(file: YamlFile, key: str) -> Sequence | None:
    node, missing = reach(file, key)
    if missing or (isinstance(node, Scalar) and node.is_null):
        return None
    if not isinstance(node, Sequence):
        raise file.error(node, f"{key} should be a list of images")
    return node


def _entry(file: YamlFile, images: Sequence | None, image: str) -> Scalar | None:
    """The one entry for the image: by the name before ``=``, else by the image that stands in for it."""
    entries = [editable(file, item) for item in images.items] if images else []
    for named in (_name, _replacement):
        found = [entry for entry in entries if named(entry.value) == image]
        if len(found) > 1:
            lines = " and ".join(str(file.line(entry)) for entry in found)
            raise file.error(found[1], f"two entries for the image {image}, in lines {lines}", "remove one of them")
        if found:
            return found[0]
    return None


def _name(entry: str) -> str:
    name, renamed, _ = entry.partition("=")
    return name if renamed else split_reference(entry)[0]


def _replacement(entry: str) -> str:
    return split_reference(entry.partition("=")[2])[0]

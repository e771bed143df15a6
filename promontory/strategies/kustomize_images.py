"""The release in a kustomization's ``images:`` entry, by kustomize's rules (kustomize v5, api/filters/imagetag).

An entry's ``newTag`` and ``digest`` together give both; ``newTag`` alone drops a digest that the manifests
have, ``digest`` alone drops their tag. So a release says which of the two keys the entry has afterwards.
``tagSuffix`` is appended by kustomize at build time: the release is ``newTag`` as written, without it.
`kustomize edit set image` is not used: it sorts keys and loses comments.
"""

from __future__ import annotations

from promontory.errors import StrategyError
from promontory.release import split_release
from promontory.strategies.image_references import joined
from promontory.yamledit import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlFile,
    add_item,
    add_pair,
    add_sequence,
    behind_alias,
    editable,
    read_yaml,
    refused_alias,
    remove_pair,
    replace,
)

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_KEYS = ("newTag", "digest")


def kustomization(names: tuple[str, ...], directory: str) -> str:
    """The name of a directory's kustomization file. kustomize refuses none and several, and so do we."""
    present = [name for name in FILE_NAMES if name in names]
    if not present:
        raise StrategyError(f"{directory} has no {FILE_NAMES[0]}", "name the file that has the image with file:")
    if len(present) > 1:
        raise StrategyError(f"{directory} has both {' and '.join(present)}", "kustomize wants one: remove the others")
    return present[0]


def read_entry(file: YamlFile, image: str) -> str | None:
    """The release of the image's entry; None where there is none, or it has neither newTag nor digest."""
    entry = _entry(file, _root(file), image)
    if entry is None:
        return None
    tag, digest = (_value(file, entry, key) for key in _KEYS)
    return joined(tag, digest)


def write_entry(file: YamlFile, image: str, release: str) -> bytes:
    """The file's bytes with the entry at ``release``; an entry that is missing is added in the file's style."""
    root = _root(file)
    entry = _entry(file, root, image)
    tag, digest = split_release(release)
    wanted = {key: value for key, value in zip(_KEYS, (tag, digest), strict=True) if value}
    if entry is not None:
        return _update(file, entry, image, wanted)
    item = {"name": image, **wanted}
    images = root.get("images")
    if isinstance(images, Sequence):
        return add_item(file, images, item)
    return add_sequence(file, root, "images", item)


def _update(file: YamlFile, entry: Mapping, image: str, wanted: dict[str, str]) -> bytes:
    """First what stays or takes the other's place, then what is left over, then what is new."""
    present = [key for key in entry.keys if key in _KEYS]
    surplus = [key for key in present if key not in wanted]
    missing = [key for key in wanted if key not in present]
    if surplus and (missing or entry.keys[0] in surplus):
        # The surplus key becomes the wanted one in its place, so its line, quotes and comment stay. That is also
        # how an entry's very first key goes: the dash stands on its line.
        return _rename(file, entry, image, surplus[0], wanted)
    content = replace(file, [(entry.pairs[entry.index(key)][1], wanted[key]) for key in wanted if key in present])
    for key in surplus:
        content = remove_pair(*_again(content, file.name, image), key)
    for key in missing:
        content = add_pair(*_again(content, file.name, image), key, wanted[key])
    return content


def _rename(file: YamlFile, entry: Mapping, image: str, old: str, wanted: dict[str, str]) -> bytes:
    """``old`` becomes the one key that is wanted; were it there a second time, that one goes."""
    ((new, value),) = wanted.items()
    if new in entry.keys:
        file, entry = _again(remove_pair(file, entry, new), file.name, image)
    name_node, value_node = entry.pairs[entry.index(old)]
    return replace(file, [(name_node, new), (value_node, value)])


def _again(content: bytes, name: str, image: str) -> tuple[YamlFile, Mapping]:
    """The file after an edit, and the entry in it."""
    file = read_yaml(content, name)
    entry = _entry(file, _root(file), image)
    if entry is None:
        raise StrategyError(f"{name} lost its entry for {image} in an edit")
    return file, entry


def _root(file: YamlFile) -> Mapping:
    if len(file.documents) > 1:
        raise file.error(file.documents[1], "a kustomization is one document", "keep the others in files of their own")
    root = file.documents[0] if file.documents else None
    if not isinstance(root, Mapping):
        raise file.error(root or 0, "not a kustomization: a mapping should stand here")
    return root


def _entry(file: YamlFile, root: Mapping, image: str) -> Mapping | None:
    """The one entry for the image: by ``name``, else by ``newName`` where a mirror stands in for it."""
    images = root.get("images")
    if images is None or (isinstance(images, Scalar) and images.is_null):
        return None
    if not isinstance(images, Sequence):
        raise file.error(images, "images: should be a list of entries")
    for key in ("name", "newName"):
        found = [item for item in images.items if _says(item, key, image)]
        if len(found) > 1:
            lines = " and ".join(str(file.line(item)) for item in found)
            raise file.error(found[1], f"two entries for the image {image}, in lines {lines}", "remove one of them")
        if found:
            return _mapping(file, found[0])
    return None


def _says(item: Node, key: str, image: str) -> bool:
    entry = behind_alias(item)
    value = behind_alias(entry.get(key)) if isinstance(entry, Mapping) else None
    return isinstance(value, Scalar) and value.value == image


def _mapping(file: YamlFile, item: Node) -> Mapping:
    if isinstance(item, Mapping):
        return item
    raise refused_alias(file, item)


def _value(file: YamlFile, entry: Mapping, key: str) -> str:
    node = entry.get(key)
    scalar = editable(file, node) if node else None
    return scalar.value if scalar and not scalar.is_null else ""

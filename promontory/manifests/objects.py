"""Reads objects of one kind out of the files of a commit; only files that name the kind and its group are parsed.

What is no YAML is passed over: it is no object of ours, and a template may name the group, too. Aliases are
followed to single values only, so that what a file says is never larger than the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from promontory import yamledit
from promontory.change import Files
from promontory.errors import YamlError

_FILE_NAMES = ("*.yaml", "*.yml")


@dataclass(frozen=True)
class KubernetesObject:
    """``namespace`` is empty where the file names none; ``line`` is where the object begins, from 1."""

    kind: str
    namespace: str
    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, object]
    path: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    def text(self, *keys: str) -> str:
        """The text at a path of ``spec``; empty where there is none."""
        value: object = self.spec
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) else ""


def objects(files: Files, group: str, kind: str) -> tuple[KubernetesObject, ...]:
    """Every object of the kind in an API group (``image.toolkit.fluxcd.io``), of any version, in the repository."""
    version = re.escape(group.encode()) + rb"/v[0-9]"
    pattern = re.compile(version + rb"|\bkind[\"']?\s*:\s*[\"']?" + kind.encode() + rb"\b")
    found = files.search("", pattern, _FILE_NAMES)
    of_both = (path for path, texts in found.items() if len({text.startswith(group.encode()) for text in texts}) > 1)
    read = (item for path in of_both for item in objects_in_file(files.read(path) or b"", path, group))
    return tuple(item for item in read if item.kind == kind)


@lru_cache(maxsize=1024)
def objects_in_file(content: bytes, path: str, group: str) -> tuple[KubernetesObject, ...]:
    """Every object of a group in one file; none where it is no YAML.

    Kept, because every application of a repository asks for the same files.
    """
    try:
        file = yamledit.read_yaml(content, path)
    except YamlError:
        return ()
    read = ((_plain(node), file.line(node)) for node in _unwrapped(file.documents))
    return tuple(
        _object(data, path, line)
        for data, line in read
        if isinstance(data, dict) and str(data.get("apiVersion")).startswith(f"{group}/")
    )


def _unwrapped(documents: tuple[yamledit.Node, ...]) -> Iterator[yamledit.Node]:
    """The documents, and the items of those that are a ``List``."""
    for document in documents:
        items = document.get("items") if isinstance(document, yamledit.Mapping) else None
        yield from items.items if isinstance(items, yamledit.Sequence) else [document]


def _object(data: Mapping[str, object], path: str, line: int) -> KubernetesObject:
    metadata, spec = _mapping(data.get("metadata")), _mapping(data.get("spec"))
    labels, annotations = (_texts(metadata.get(key)) for key in ("labels", "annotations"))
    name, namespace = (str(metadata.get(key) or "") for key in ("name", "namespace"))
    return KubernetesObject(str(data.get("kind")), namespace, name, labels, annotations, spec, path, line)


def _texts(value: object) -> Mapping[str, str]:
    return {key: str(each) for key, each in _mapping(value).items()}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _plain(node: yamledit.Node) -> object:
    """Dictionaries, lists and texts; null is None. As deep as `read_yaml` lets a file be."""
    if isinstance(node, yamledit.Mapping):
        return {key.value: _plain(value) for key, value in node.pairs if isinstance(key, yamledit.Scalar)}
    if isinstance(node, yamledit.Sequence):
        return [_plain(item) for item in node.items]
    scalar = yamledit.behind_alias(node)
    return None if not isinstance(scalar, yamledit.Scalar) or scalar.is_null else scalar.value

"""What stands in a file that a release may be in: kustomizations, objects, images, keys of Helm values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from promontory.discovery.places import directory_of, file_name
from promontory.discovery.seen import Seen
from promontory.errors import InvalidRelease
from promontory.release import check_release
from promontory.strategies.image_references import split_reference

_KUSTOMIZATION = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_TAG_KEYS = ("imageTag", "image_tag", "imageVersion", "appVersion")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DEPTH = 6
# They stand beside an application, and are seldom what is promoted.
_COMPANIONS = {"nginx", "redis", "postgres", "postgresql", "mysql", "busybox", "envoy", "alpine", "memcached", "curl"}


@dataclass(frozen=True)
class Site:
    """``key``: its path in the file. ``repository``: the image, where it is known; ``whole``: the value names it."""

    key: str
    value: str | None
    repository: str | None = None
    whole: bool = False


def is_kustomization(path: str) -> bool:
    return file_name(path) in _KUSTOMIZATION


def kustomization(seen: Seen, directory: str) -> dict[str, object] | None:
    """The directory's kustomization; None where it has none, and for a component."""
    for name in _KUSTOMIZATION:
        documents = seen.documents.get(name if directory == "." else f"{directory}/{name}", ())
        if len(documents) == 1 and isinstance(documents[0], dict):
            return documents[0]
    return None


def overlays(seen: Seen) -> Iterator[tuple[str, dict[str, object]]]:
    """(path, content) of every kustomization that can be built by itself."""
    for path in seen.documents:
        found = kustomization(seen, directory_of(path)) if is_kustomization(path) else None
        if found is not None and found.get("kind") != "Component":
            yield path, found


def objects(seen: Seen, kind: str) -> Iterator[tuple[str, dict[str, object]]]:
    """(path, object) of every Kubernetes object of that kind, in the order of the paths."""
    for path, documents in seen.documents.items():
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == kind:
                yield path, document


def at(value: object, *keys: str) -> object:
    """What stands below ``keys``; None where there is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_at(value: object, *keys: str) -> str:
    found = at(value, *keys)
    return found if isinstance(found, str) else ""


def items(value: object) -> list[dict[str, object]]:
    """The mappings of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def image_names(value: object) -> list[str]:
    """The images, without tag or digest, of all ``image:`` in it, in order, each once."""
    found: dict[str, None] = {}
    queue = [value]
    while queue:
        node = queue.pop()
        if isinstance(node, list):
            queue.extend(reversed(node))
        elif isinstance(node, dict):
            if (image := text_at(node, "image")) and image.isprintable() and " " not in image:
                found[split_reference(image)[0]] = None
            queue.extend(reversed(list(node.values())))
    return list(found)


def choose_images(names: list[str], application: str | None) -> tuple[list[str], list[str]]:
    """(those to propose, those left out): the one that is called like the application, else what is no companion."""
    ours = [name for name in names if basename(name) == application]
    chosen = ours or [name for name in names if basename(name) not in _COMPANIONS] or names[:1]
    return chosen, [name for name in names if name not in chosen]


def basename(image: str) -> str:
    return image.rpartition("/")[2]


def is_release(value: str | None) -> bool:
    """Whether the strategies would take it for a release; nothing at all is one that is yet to come."""
    try:
        return value is None or not value or bool(check_release(value))
    except InvalidRelease:
        return False


def sites(value: object, prefix: str = "", depth: int = 0) -> Iterator[Site]:
    """Where Helm values, or an element's parameters, name the release of an image."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return
    for key, item in value.items():
        if not _PLAIN_KEY.fullmatch(key):
            continue
        path = f"{prefix}.{key}" if prefix else key
        if site := _site(key, item, path, value):
            yield site
        else:
            yield from sites(item, path, depth + 1)


def _site(key: str, item: object, path: str, parent: dict[str, object]) -> Site | None:
    if key == "image" and isinstance(item, dict) and "tag" in item:
        return _tag(f"{path}.tag", item["tag"], item)
    if key == "image" and isinstance(item, str) and split_reference(item)[1]:
        return Site(path, split_reference(item)[1], split_reference(item)[0], whole=True)
    if key in _TAG_KEYS or (key == "tag" and "repository" in parent):
        return _tag(path, item, parent)
    return None


def _tag(path: str, value: object, around: dict[str, object]) -> Site | None:
    """The tag at ``path``, if it can be a release."""
    if value is not None and not (isinstance(value, str) and is_release(value)):
        return None
    return Site(path, value or None, text_at(around, "repository") or None)

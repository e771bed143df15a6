"""``stages/test/kustomization.yaml`` without an ``images:`` entry: the image's release stands in the base so far.

A promotion adds the entry, as a person would.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import join, normpath

from promontory.discovery.findings import Finding
from promontory.discovery.manifests import (
    basename,
    choose_images,
    image_names,
    is_kustomization,
    items,
    kustomization,
    overlays,
    text_at,
)
from promontory.discovery.places import directory_of, spot_of
from promontory.discovery.seen import Seen

_BUILT_FROM = ("resources", "bases", "components")
_STEPS = 200


def images_yet_to_come(seen: Seen) -> Iterator[Finding]:
    for path, content in overlays(seen):
        spot = spot_of(path)
        if spot is None or not is_kustomization(path) or items(content.get("images")):
            continue
        chosen, others = choose_images(_images_below(seen, directory_of(path)), spot.application)
        for image in chosen:
            single = spot.application if len(chosen) == 1 else None
            yield Finding(
                application=single or basename(image),
                environment=spot.environment,
                options={"kind": "directory", "path": directory_of(path), "image": image},
                evidence=f"{path}, which has no images: entry yet: the first promotion adds it",
                confidence="likely",
                question=f"promote {' and '.join(others)} too? each is an application of its own" if others else "",
                fallback=True,
            )


def _images_below(seen: Seen, directory: str) -> list[str]:
    """The images of what the kustomization is built from, as they are called at its end."""
    found: dict[str, None] = {}
    queue, done = [directory], set[str]()
    while queue and len(done) < _STEPS:
        path = queue.pop()
        if path in done or path.startswith(".."):
            continue
        done.add(path)
        content = kustomization(seen, path)
        if content is None:
            found |= dict.fromkeys(image_names(list(seen.documents.get(path, ()))))
            continue
        renamed = {text_at(item, "name"): text_at(item, "newName") for item in items(content.get("images"))}
        found |= dict.fromkeys(new or name for name, new in renamed.items())
        parts = [normpath(join(path, part)) for key in _BUILT_FROM for part in _texts(content.get(key))]
        # What belongs to an environment by itself, an overlay that a cluster lists, is promoted there.
        queue += [part for part in parts if spot_of(f"{part}/kustomization.yaml") is None]
    return list(found)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str) and "://" not in item] if isinstance(value, list) else []

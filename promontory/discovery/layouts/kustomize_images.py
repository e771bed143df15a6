"""``apps/web-app/overlays/dev/kustomization.yaml`` with an ``images:`` entry."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.discovery.findings import Finding
from promontory.discovery.manifests import basename, choose_images, items, overlays, text_at
from promontory.discovery.places import directory_of, spot_of
from promontory.discovery.seen import Seen


def kustomize_images(seen: Seen) -> Iterator[Finding]:
    for path, kustomization in overlays(seen):
        names = [text_at(entry, "name") for entry in items(kustomization.get("images"))]
        spot = spot_of(path)
        if spot is None or not any(names):
            continue
        chosen, others = choose_images([name for name in names if name], spot.application)
        for image in chosen:
            single = spot.application if len(chosen) == 1 else None
            yield Finding(
                application=single or basename(image),
                environment=spot.environment,
                options={"kind": "directory", "path": directory_of(path), "image": image},
                evidence=f"the images: entry in {path}",
                question=f"promote {' and '.join(others)} too? each is an application of its own" if others else "",
            )

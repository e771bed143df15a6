"""``envs/prod-eu/version.yml``, ``apps/dev/deployment.yaml``: an ``image:`` in a patch or in a whole manifest."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.discovery.findings import Finding
from promontory.discovery.manifests import basename, choose_images, image_names, text_at
from promontory.discovery.places import directory_of, file_name, spot_of
from promontory.discovery.seen import Seen

_WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Rollout", "Pod", "ReplicaSet", "Service"}


def image_patches(seen: Seen) -> Iterator[Finding]:
    for path, documents in seen.documents.items():
        workloads = [document for document in documents if text_at(document, "kind") in _WORKLOADS]
        names = image_names(workloads)
        spot = spot_of(path) if names else None
        if spot is None:
            continue
        chosen, others = choose_images(names, spot.application)
        for image in chosen:
            single = spot.application if len(chosen) == 1 else None
            yield Finding(
                application=single or basename(image),
                environment=spot.environment,
                options={"kind": "directory", "path": directory_of(path), "file": file_name(path), "image": image},
                evidence=f"the image: in {path}",
                question=f"promote {' and '.join(others)} too? each is an application of its own" if others else "",
            )

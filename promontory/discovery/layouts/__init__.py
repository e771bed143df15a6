"""How people lay out GitOps repositories: one small file and one line here for each, the most telling first.

A layout looks at what was seen and yields findings. Whether a finding holds is not its business: `proving` asks the
strategy. Where two layouts find the same application in the same environment, the earlier one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from promontory.discovery.findings import Finding
from promontory.discovery.layouts.application_sets import application_sets
from promontory.discovery.layouts.argo_applications import argo_applications
from promontory.discovery.layouts.environment_branches import environment_branches
from promontory.discovery.layouts.environment_tags import environment_tags
from promontory.discovery.layouts.helm_releases import helm_releases
from promontory.discovery.layouts.helm_values import helm_values
from promontory.discovery.layouts.image_patches import image_patches
from promontory.discovery.layouts.image_policies import image_policies
from promontory.discovery.layouts.images_yet_to_come import images_yet_to_come
from promontory.discovery.layouts.kustomize_images import kustomize_images
from promontory.discovery.seen import Seen

Layout = Callable[[Seen], Iterator[Finding]]

LAYOUTS: Mapping[str, Layout] = {
    "markers of Flux image policies": image_policies,
    "elements of ApplicationSets": application_sets,
    "images: entries of kustomizations": kustomize_images,
    "images in patch files and manifests": image_patches,
    "Helm values": helm_values,
    "HelmReleases": helm_releases,
    "tags for environments": environment_tags,
    "Argo CD Applications": argo_applications,
    "kustomizations without an images: entry yet": images_yet_to_come,
    "branches for environments": environment_branches,
}

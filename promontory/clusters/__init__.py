"""The only door to Kubernetes: fields of live Argo CD Applications, read and moved by compare-and-swap."""

from __future__ import annotations

from promontory.clusters.applications import KubernetesClusters
from promontory.clusters.contract import Clusters

__all__ = ["Clusters", "KubernetesClusters"]

"""The only door to Kubernetes: objects that are watched and made, and fields moved by compare-and-swap."""

from __future__ import annotations

from promontory.clusters.applications import KubernetesClusters
from promontory.clusters.configured import ConfiguredFields
from promontory.clusters.contract import Clusters
from promontory.clusters.objects import KubernetesObjects

__all__ = ["Clusters", "ConfiguredFields", "KubernetesClusters", "KubernetesObjects"]

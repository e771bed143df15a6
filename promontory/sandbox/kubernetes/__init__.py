"""A Kubernetes API that real clients talk to, with objects that whoever owns it puts in and changes."""

from __future__ import annotations

from promontory.sandbox.kubernetes.access import CLUSTER_WIDE
from promontory.sandbox.kubernetes.api import TOKEN, KubernetesApi
from promontory.sandbox.kubernetes.requests import Request
from promontory.sandbox.kubernetes.statuses import Refusal

__all__ = ["CLUSTER_WIDE", "TOKEN", "KubernetesApi", "Refusal", "Request"]

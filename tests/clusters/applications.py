"""Argo CD Applications in the cluster of a test, as far as their spec matters."""

from __future__ import annotations

from typing import Any

from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.kubernetes import KubernetesApi

Json = dict[str, Any]


def put_application(api: KubernetesApi, name: str, spec: Json, namespace: str = "argocd") -> None:
    """There is an Application with this spec from now on."""
    metadata = {"name": name, "namespace": namespace}
    api.put({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec})


def spec_of(api: KubernetesApi, name: str) -> Json:
    spec: Json = api.get(Ref(APPLICATION, "argocd", name))["spec"]
    return spec


def point(api: KubernetesApi, name: str, revision: str) -> None:
    """Somebody else sets the revision that it follows."""
    ref = Ref(APPLICATION, "argocd", name)
    api.change(ref, lambda document: document["spec"]["source"].update(targetRevision=revision))

"""The real client, and a few objects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from promontory.sandbox.kubernetes import KubernetesApi

Json = dict[str, Any]


@pytest.fixture
def real(kubernetes_api: KubernetesApi) -> Iterator[Any]:
    """The real client of the API."""
    with client_of(os.environ["KUBECONFIG"]) as made:
        yield made


@contextmanager
def client_of(kubeconfig: Path | str) -> Iterator[Any]:
    configuration = client.Configuration()
    configuration.retries = False
    config.load_kube_config(str(kubeconfig), client_configuration=configuration)
    with client.ApiClient(configuration) as made:
        yield made


@pytest.fixture
def custom(real: Any) -> Any:
    return client.CustomObjectsApi(real)


@pytest.fixture
def core(real: Any) -> Any:
    return client.CoreV1Api(real)


def eventually(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.01)


def application(name: str, namespace: str = "argocd", **labels: str) -> Json:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"source": {"targetRevision": "main"}},
    }


def owned_by(owner: Json, document: Json) -> Json:
    reference = {key: owner[key] for key in ("apiVersion", "kind")}
    reference |= {key: owner["metadata"][key] for key in ("name", "uid")}
    return {**document, "metadata": {**document["metadata"], "ownerReferences": [reference]}}


def pod(name: str, phase: str = "Running", *containers: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "apps"},
        "spec": {"containers": [{"name": each} for each in containers or ("main",)]},
        "status": {"phase": phase},
    }

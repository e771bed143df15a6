"""A cluster of its own for every test, and no other one in reach."""

from __future__ import annotations

import pytest

from promontory.sandbox.kubernetes import KubernetesApi


@pytest.fixture
def cluster(kubernetes_api: KubernetesApi) -> KubernetesApi:
    return kubernetes_api

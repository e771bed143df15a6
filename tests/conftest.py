"""What tests of any family may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.sandbox.kubernetes import KubernetesApi
from tests.signatures.keys import Key, make_key


@pytest.fixture
def kubernetes_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesApi]:
    """A Kubernetes API of the test's own, which the kubeconfig names, and no other one in reach."""
    with KubernetesApi() as api:
        monkeypatch.setenv("KUBECONFIG", str(api.kubeconfig(tmp_path / "kubeconfig")))
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        yield api


@pytest.fixture(scope="session")
def alice_key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("keys"), "alice")


@pytest.fixture(scope="session")
def bob_key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("keys"), "bob")

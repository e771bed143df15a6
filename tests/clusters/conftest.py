"""A cluster of its own for every test, and no other one in reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.clusters.fake_kubernetes import FakeKubernetes


@pytest.fixture
def cluster(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKubernetes:
    fake = FakeKubernetes(httpserver)
    monkeypatch.setenv("KUBECONFIG", str(fake.kubeconfig(tmp_path / "kubeconfig")))
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    return fake

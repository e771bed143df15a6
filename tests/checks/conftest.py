"""Servers that checks ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from tests.checks.argocd_server import ArgoServer
from tests.servers import PromptServer


@pytest.fixture(scope="session")
def threaded_server() -> Iterator[HTTPServer]:
    """Threads, because streams do not end; one for all tests, because it takes its time to stop."""
    with PromptServer(host="localhost", threaded=True) as running:
        yield running


@pytest.fixture
def argo(threaded_server: HTTPServer) -> Iterator[ArgoServer]:
    threaded_server.clear()
    yield (server := ArgoServer(threaded_server))
    server.hang_up()

"""One real Prefect server for the whole session (one for each xdist worker), one repository for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import Process
from tests.e2e.server import PrefectServer
from tests.e2e.stage import Environments, Stage, staged

MakeStage = Callable[..., Stage]
Serve = Callable[..., Process]
NEVER = "0 0 29 2 *"  # years away, so that Prefect schedules nothing yet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def base_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What every process is given: nothing of this machine's own configuration."""
    home = tmp_path_factory.mktemp("home")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "1",
    }


@pytest.fixture(scope="session")
def prefect_server(
    base_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrefectServer]:
    with PrefectServer(base_environment, tmp_path_factory.mktemp("prefect-server")) as server:
        yield server


@pytest.fixture
def api(prefect_server: PrefectServer) -> Iterator[PrefectApi]:
    with PrefectApi(prefect_server.url) as api:
        yield api


@pytest.fixture
def make_stage(
    tmp_path: Path, base_environment: dict[str, str], prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeStage]:
    monkeypatch.setenv("HOME", base_environment["HOME"])
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with PrefectApi(prefect_server.url) as api:
        api.forget_turns()
        api.forget_deployments()
        api.forget_runs()
    with ExitStack() as stack:

        def make(environments: Environments, **options: Any) -> Stage:
            prefect = {**base_environment, "PREFECT_API_URL": prefect_server.api}
            return stack.enter_context(staged(tmp_path, prefect, environments, **options))

        yield make


@pytest.fixture
def serve(api: PrefectApi) -> Serve:
    """Serve the deployments of a stage, as `promontory serve` does, to the session's Prefect server."""

    def serve(stage: Stage, *, anew: bool = True) -> Process:
        if anew:
            api.forget_deployments()
        return stage.start("serve", "--nightly", NEVER)

    return serve

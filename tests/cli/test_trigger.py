"""`promontory trigger` and the resuming of runs, against a real Prefect server with `promontory serve`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Completed, Crashed, Running, Scheduled
from pytest_httpserver import HTTPServer

from promontory.cli.following import Follower
from promontory.cli.prefect_server import free_port, prefect_server
from promontory.cli.resuming import resume
from promontory.sandbox.behaviour import Behaviour
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.git_source import GitSource
from promontory.sandbox.sample import create_sample
from tests.cli.conftest import Command, Ended

QUICK = {"poll": timedelta(milliseconds=100), "delay": timedelta(milliseconds=100)}
BROKEN = Behaviour("v1.4.0", "staging", broken=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that lead to a server with our deployments, and to the repository that they work on."""
    directory = tmp_path_factory.mktemp("served")
    port = free_port()
    repository = create_sample(directory, f"http://127.0.0.1:{port}")
    variables = {
        "PROMONTORY_REPOSITORY": str(repository),
        "PROMONTORY_CACHE_DIR": str(directory / "cache"),
        "PREFECT_HOME": str(directory / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "KUBECONFIG": str(directory / "kubeconfig"),
        "NO_PROXY": "127.0.0.1,localhost",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv("PREFECT_API_URL", "")  # set by the server, and unset again with the rest
        source = GitSource(str(repository), directory / "cluster")
        with (
            Cluster(source, [BROKEN], port=port, **QUICK) as cluster,
            prefect_server("127.0.0.1", free_port()) as address,
        ):
            cluster.api.kubeconfig(directory / "kubeconfig")
            variables["PREFECT_API_URL"] = f"{address}/api"
            serving = subprocess.Popen([sys.executable, "-m", "promontory.cli", "serve"], stderr=subprocess.DEVNULL)
            try:
                _wait_for_deployments(address)
                yield variables
            finally:
                serving.terminate()
                serving.wait(30)


def _wait_for_deployments(address: str) -> None:
    give_up = time.monotonic() + 60
    url = f"{address}/api/deployments/name/promote/promote"
    while httpx.get(url, trust_env=False).status_code != 200:
        assert time.monotonic() < give_up, "the deployments are not served"
        time.sleep(0.3)


@pytest.fixture
def on_server(served: dict[str, str], environment: pytest.MonkeyPatch, process: Command) -> Command:
    for name, value in served.items():
        environment.setenv(name, value)
    return process


def pending_id(run: Command) -> str:
    (waiting,) = run("pending", "--json").json
    return str(waiting["id"])


@pytest.mark.e2e
def test_it_follows_a_promotion_to_its_end_and_starts_each_key_once(on_server: Command) -> None:
    arguments = ("trigger", "web-app", "v1.3.0", "--to", "dev", "--wait", "--idempotency-key", "ci-1", "--json")

    first, again = on_server(*arguments), on_server(*arguments)

    assert (first.code, first.json["state"]) == (0, "Completed"), first
    assert first.json["url"].endswith(f"/runs/flow-run/{first.json['id']}")
    assert again.json["id"] == first.json["id"]
    assert "promote-dev" in first.err


@pytest.mark.e2e
def test_a_run_that_is_reverted_exits_as_promote_would(on_server: Command) -> None:
    ended = on_server("trigger", "web-app", "v1.4.0", "--to", "staging", "--wait")

    assert ended.code == 4, ended
    assert "Reverted: staging: reverted:" in ended.out


@pytest.mark.e2e
def test_approving_resumes_the_run_that_is_waited_for(on_server: Command) -> None:
    late = on_server("trigger", "web-app", "v1.5.0", "--wait", "--timeout", "20s")
    assert late.code == 3, late
    assert "still waiting for approval" in late.err, late
    promotion = pending_id(on_server)
    assert f"waits for approval: promontory approve {promotion}" in late.err

    approved = on_server("approve", promotion, "--as", "alice")

    assert "the flow run goes on: http" in approved.out
    _eventually(lambda: on_server("status", "--json").json[2]["release"] == "v1.5.0")


@pytest.mark.e2e
def test_rejecting_ends_the_run_with_exit_3(on_server: Command) -> None:
    followed: list[Ended] = []
    thread = threading.Thread(
        target=lambda: followed.append(on_server("trigger", "web-app", "v1.6.0", "--wait", "--timeout", "100s"))
    )
    thread.start()
    _eventually(lambda: len(on_server("pending", "--json").json) == 1)

    on_server("reject", pending_id(on_server), "--reason", "not today", "--as", "bob")
    thread.join()

    assert followed[0].code == 3, followed
    assert "rejected by bob: not today" in followed[0].out
    assert on_server("pending", "--json").json == []


@pytest.mark.e2e
def test_parameters_that_the_deployment_refuses_are_a_usage_error(on_server: Command) -> None:
    ended = on_server("trigger", "web-app", "v1.3.0", "--to", "nowhere")

    assert (ended.code, ended.out) == (2, "")
    assert "'nowhere' is not one of" in ended.err


@pytest.mark.e2e
def test_a_run_that_the_server_does_not_know_is_told(on_server: Command, served: dict[str, str]) -> None:
    # Prefect reads the environment when it is imported, which in this process may have been long ago.
    with temporary_settings({PREFECT_API_URL: served["PREFECT_API_URL"]}):
        told = asyncio.run(resume("11111111-2222-3333-4444-555555555555"))

    assert "does not know the flow run" in told


def test_states_that_were_over_between_two_looks_are_told(
    served: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    passed = [Running(), Crashed(), Scheduled(name="Recovering"), Running(), Completed()]

    async def follow() -> None:
        async with get_client() as client:
            run = await client.create_flow_run(nothing)
            for state in passed:
                await client.set_flow_run_state(run.id, state, force=True)
        await Follower(run.id).until_final(None)

    with temporary_settings({PREFECT_API_URL: served["PREFECT_API_URL"]}):
        asyncio.run(follow())

    told = [line.split()[-1] for line in capsys.readouterr().err.splitlines()]
    assert told == ["Pending", *(state.name for state in passed)]


@flow
def nothing() -> None:
    """A run of it has the states that a test gives it."""


def _eventually(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.5)


def test_without_a_server_nothing_is_started(process: Command) -> None:
    ended = process("trigger", "web-app", "v1.3.0")

    assert (ended.code, ended.out) == (2, "")
    assert "no Prefect server is configured" in ended.err


def test_a_server_that_cannot_be_reached_is_told(process: Command) -> None:
    ended = process("trigger", "web-app", "v1.3.0", PREFECT_API_URL="http://127.0.0.1:9/api")

    assert (ended.code, ended.out) == (1, "")
    assert "the Prefect server at http://127.0.0.1:9/api cannot be reached" in ended.err


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [(401, 2, "refuses the credentials"), (404, 2, "has no deployment promote/promote"), (500, 1, "answers 500")],
)
def test_what_the_server_answers_is_told_in_our_words(
    process: Command, httpserver: HTTPServer, status: int, code: int, told: str
) -> None:
    httpserver.expect_request("/api/deployments/name/promote/promote").respond_with_data("", status=status)

    ended = process("trigger", "web-app", "v1.3.0", PREFECT_API_URL=httpserver.url_for("/api"))

    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err


@pytest.mark.parametrize("arguments", [("--timeout", "5m"), ("--wait", "--timeout", "soon")])
def test_a_timeout_is_a_duration_of_a_wait(command: Command, arguments: tuple[str, ...]) -> None:
    assert command("trigger", "web-app", "v1.3.0", *arguments).code == 2

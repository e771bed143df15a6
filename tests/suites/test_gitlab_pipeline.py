"""The gitlab-pipeline suite against a fake GitLab over HTTP."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer

from promontory.config import ForgeOptions
from promontory.errors import PromontoryError
from promontory.forges import ForgesAround
from promontory.settings import Settings
from promontory.suites.contract import Facilities, Outcome
from promontory.suites.gitlab_pipeline import GitLabPipelineSuite
from promontory.suites.run import run_all
from tests.checks.test_watch import JumpingClock
from tests.forges.fake_forge import TOKEN
from tests.forges.fake_runs import FakePipelines
from tests.suites.surroundings import TARGET, attempt, facilities, run
from tests.suites.test_github_workflow import wait_for


def suite(**options: object) -> GitLabPipelineSuite:
    return GitLabPipelineSuite.model_validate({"kind": "gitlab-pipeline", "repository": "acme/web-app", **options})


class World:
    def __init__(self, server: HTTPServer) -> None:
        self.clock = JumpingClock()
        self.gitlab = FakePipelines(server, self.clock.now)
        self.runs = self.gitlab.runs

    @property
    def around(self) -> Facilities:
        settings = Settings(forge_token=SecretStr(TOKEN), forge_host="localhost")
        options = ForgeOptions(kind="gitlab", url=self.gitlab.url)
        forges = ForgesAround("git@git.acme.example:acme/gitops.git", options, settings)
        return facilities(clock=self.clock, forges=forges)

    def outcome(self, **options: object) -> Outcome:
        return run(suite(**options), self.around)


@pytest.fixture
def world(httpserver: HTTPServer) -> World:
    return World(httpserver)


def test_it_is_started_with_variables_and_inputs_and_followed(world: World) -> None:
    outcome = world.outcome(variables={"RELEASE": "{release}", "SLOW": True}, inputs={"target": "{environment}"})

    (made,) = world.runs.all
    assert outcome.passed
    assert outcome.url == f"{world.gitlab.url}/acme/web-app/-/pipelines/501"
    assert (made.ref, made.given) == ("main", {"RELEASE": "v1.3.0", "SLOW": "true", "target": "staging"})


def test_failed_jobs_are_named_with_links_those_that_may_fail_are_not(world: World) -> None:
    world.runs.script = ["created", "running", "failed"]
    world.runs.script = ["running", "failed"]
    world.runs.jobs = [("build", "success"), ("e2e", "failed"), ("lint", "failed?"), ("bridge: child", "failed")]

    outcome = world.outcome()

    assert outcome.reason == f"failed: e2e, bridge: child ({world.gitlab.url}/acme/web-app/-/pipelines/501)"
    assert outcome.output == (
        f"e2e: {world.gitlab.url}/acme/web-app/-/jobs/1\nbridge: child: {world.gitlab.url}/acme/web-app/-/jobs/3\n"
    )


@pytest.mark.parametrize("word", ["failed", "canceled", "skipped"])
def test_only_success_is_success(world: World, word: str) -> None:
    world.runs.script = [word]

    assert world.outcome().reason.startswith(word)


@pytest.mark.parametrize("word", ["running", "manual"])
def test_what_does_not_end_is_cancelled_at_the_timeout(world: World, word: str) -> None:
    world.runs.script = [word]

    outcome = world.outcome(timeout="10m")

    assert outcome.reason.startswith("not finished within 10m, and was cancelled: http")
    assert world.runs.cancelled == [501]


def test_it_is_cancelled_with_ours(world: World) -> None:
    world.runs.script = ["running"]
    around = facilities(forges=world.around.forges)

    async def cancel() -> None:
        running = asyncio.create_task(run_all([suite()], TARGET, "0123456789ab", around))
        await asyncio.to_thread(wait_for, lambda: bool(world.runs.all and world.runs.all[0].looks))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancel())

    assert world.runs.cancelled == [501]


class TestOnce:
    def test_a_lost_answer_starts_no_second_pipeline(self, world: World) -> None:
        world.gitlab.loses_answers = 1

        assert world.outcome().passed
        assert len(world.runs.all) == 1

    def test_a_promotion_that_was_killed_finds_its_own_pipeline_by_the_nonce(self, world: World) -> None:
        account = world.gitlab.account
        world.runs.add("", "main", {"NONCE": "another"}, account, event="api")
        world.runs.add("", "main", {"NONCE": attempt().key}, account, event="api", script=["running", "success"])
        world.runs.add("", "main", {}, account, event="api")

        outcome = world.outcome(nonce="NONCE")

        assert outcome.url.endswith("/502")
        assert len(world.runs.all) == 3

    def test_the_nonce_is_passed_on(self, world: World) -> None:
        world.outcome(nonce="NONCE")

        assert world.runs.all[0].given == {"NONCE": attempt().key}


class TestRefusals:
    def test_a_project_that_lets_nobody_set_variables(self, world: World) -> None:
        world.gitlab.open_variables = False

        with pytest.raises(PromontoryError) as raised:
            world.outcome(variables={"A": "x"})

        assert "Insufficient permissions to set pipeline variables" in raised.value.message
        assert world.outcome().passed, "without variables there is nothing to forbid"

    def test_a_branch_that_is_not_there(self, world: World) -> None:
        with pytest.raises(PromontoryError, match="Reference not found"):
            world.outcome(ref="nowhere")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"variables": {"A-B": "x"}}, "should match pattern"),
            ({"variables": {"N": "x"}, "nonce": "N"}, "it gets its value from Promontory"),
            ({"inputs": {"": "x"}}, "should match pattern"),
            ({"ref": ""}, "at least 1 character"),
            ({"workflow": "e2e.yml"}, "Extra inputs are not permitted"),
        ],
    )
    def test_bad_options_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError, match=message):
            suite(**options)

"""The github-workflow suite against a fake GitHub over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer

from promontory.ci_runs import Forges
from promontory.config import ForgeOptions
from promontory.errors import AuthenticationFailed, PromontoryError, UsageError
from promontory.forges import ForgesAround
from promontory.settings import Settings
from promontory.suites.contract import Facilities, Outcome
from promontory.suites.github_workflow import GitHubWorkflowSuite
from promontory.suites.run import run_all
from tests.checks.test_watch import JumpingClock
from tests.forges.fake_forge import TOKEN
from tests.forges.fake_runs import FakeActions, dispatches
from tests.suites.surroundings import TARGET, attempt, facilities, run


def suite(**options: object) -> GitHubWorkflowSuite:
    said = {"kind": "github-workflow", "repository": "acme/web-app", "workflow": "e2e.yml", **options}
    return GitHubWorkflowSuite.model_validate(said)


def wait_for(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.01)


class World:
    def __init__(self, server: HTTPServer) -> None:
        self.clock = JumpingClock()
        self.github = FakeActions(server, self.clock.now)
        self.runs = self.github.runs

    @property
    def forges(self) -> Forges:
        settings = Settings(forge_token=SecretStr(TOKEN), forge_host="localhost")
        options = ForgeOptions(kind="github", url=self.github.url)
        return ForgesAround("git@git.acme.example:acme/gitops.git", options, settings)

    @property
    def around(self) -> Facilities:
        return facilities(clock=self.clock, forges=self.forges)

    def outcome(self, **options: object) -> Outcome:
        return run(suite(**options), self.around)


@pytest.fixture
def world(httpserver: HTTPServer) -> World:
    return World(httpserver)


class TestCourse:
    def test_it_is_started_with_its_inputs_and_followed_to_its_end(self, world: World) -> None:
        outcome = world.outcome(inputs={"url": "https://{environment}.acme.example"})

        (made,) = world.runs.all
        assert outcome.passed
        assert outcome.url == f"{world.github.url}/acme/web-app/actions/runs/{made.number}"
        assert (made.ref, made.given) == ("main", {"url": "https://staging.acme.example"})

    def test_scalars_of_yaml_become_the_texts_that_github_wants(self, world: World) -> None:
        world.github.workflows["e2e.yml"] = ["slow", "count"]

        world.outcome(inputs={"slow": True, "count": 3})

        assert world.runs.all[0].given == {"slow": "true", "count": "3"}

    def test_failed_jobs_are_named_with_links(self, world: World) -> None:
        world.runs.script = ["queued", "running", "failure"]
        world.runs.jobs = [("build", "success"), ("e2e / chrome", "failure"), ("e2e / firefox", "timed_out")]

        outcome = world.outcome()

        url = f"{world.github.url}/acme/web-app/actions/runs/501"
        assert outcome.reason == f"failure: e2e / chrome, e2e / firefox ({url})"
        assert outcome.output == f"e2e / chrome: {url}/job/1\ne2e / firefox: {url}/job/2\n"

    @pytest.mark.parametrize("word", ["failure", "cancelled", "timed_out", "action_required", "skipped", "neutral"])
    def test_only_success_is_success(self, world: World, word: str) -> None:
        world.runs.script = [word]

        assert world.outcome().reason.startswith(word)

    def test_looks_that_fail_are_repeated(self, world: World) -> None:
        world.runs.script = ["running", "running", "success"]
        around = world.around

        async def disturbed() -> Outcome:
            running = asyncio.create_task(suite().run(attempt(), around))
            await asyncio.to_thread(wait_for, lambda: bool(world.runs.all))
            world.github.fail_next(502)
            world.github.fail_next(429, None, Retry_After="60")
            return await running

        assert asyncio.run(disturbed()).passed

    def test_a_run_that_does_not_end_is_cancelled_at_the_timeout(self, world: World) -> None:
        world.runs.script = ["running"]

        outcome = world.outcome(timeout="10m")

        url = f"{world.github.url}/acme/web-app/actions/runs/501"
        assert outcome.reason == f"not finished within 10m, and was cancelled: {url}"
        assert world.runs.cancelled == [501]
        assert world.clock.monotonic() >= 600

    def test_it_is_cancelled_with_ours(self, world: World) -> None:
        world.runs.script = ["running"]
        around = facilities(forges=world.forges)

        async def cancel() -> None:
            running = asyncio.create_task(run_all([suite()], TARGET, "0123456789ab", around))
            await asyncio.to_thread(wait_for, lambda: bool(world.runs.all and world.runs.all[0].looks))
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(cancel())

        assert world.runs.cancelled == [501]

    @pytest.mark.parametrize("tells", [True, False])
    def test_it_is_cancelled_even_where_it_was_only_just_started(self, world: World, tells: bool) -> None:
        world.github.tells = tells
        world.runs.script = ["running"]
        around = facilities(forges=world.forges)

        async def cancel() -> None:
            running = asyncio.create_task(run_all([suite()], TARGET, "0123456789ab", around))
            await asyncio.to_thread(wait_for, lambda: bool(world.runs.all))
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        world.runs.now = lambda: datetime.now(UTC)
        asyncio.run(cancel())

        assert world.runs.cancelled == [501]

    def test_what_failed_is_told_even_where_its_jobs_cannot_be_listed(self, world: World) -> None:
        world.runs.script = ["failure"]
        world.github.routes = tuple(route for route in world.github.routes if not route[1].endswith("/jobs"))

        assert world.outcome().reason == f"failure ({world.github.url}/acme/web-app/actions/runs/501)"


class TestWhichRunIsOurs:
    """Where GitHub does not say it (Enterprise servers of before 2026)."""

    @pytest.fixture(autouse=True)
    def _silent(self, world: World) -> None:
        world.github.tells = False

    def test_the_only_new_one_is(self, world: World) -> None:
        world.runs.add("e2e.yml", "main", {}, world.github.account, script=["failure"])

        outcome = world.outcome()

        assert outcome.url.endswith("/502")
        assert dispatches(world.github) == 2  # the first asked for more than this server knows, and started nothing
        assert len(world.runs.all) == 2

    def test_it_may_take_a_while_to_show_up(self, world: World) -> None:
        world.runs.hidden = 4

        assert world.outcome().url.endswith("/501")

    def test_runs_of_others_on_other_branches_and_for_other_reasons_are_not(self, world: World) -> None:
        github = world.github
        original = github.runs.add

        def add(workflow: str, ref: str, given: dict[str, str], actor: str, **more: object) -> object:
            original("e2e.yml", "main", {}, "alice")
            original("e2e.yml", "feature", {}, github.account)
            original("e2e.yml", "main", {}, github.account, event="push")
            return original(workflow, ref, given, actor, **more)

        github.runs.add = add  # type: ignore[method-assign, assignment]

        assert world.outcome().url.endswith("/504")

    def test_several_new_ones_are_not_guessed_between(self, world: World) -> None:
        original = world.runs.add

        def add(*arguments: str, **more: object) -> object:
            original("e2e.yml", "main", {}, world.github.account)
            return original(*arguments, **more)  # type: ignore[arg-type]

        world.runs.add = add  # type: ignore[method-assign, assignment]

        with pytest.raises(PromontoryError, match=r"2 runs of github-workflow acme/web-app e2e.yml were started at"):
            world.outcome()

    def test_a_nonce_tells_ours_among_several(self, world: World) -> None:
        original = world.runs.add

        def add(*arguments: str, **more: object) -> object:
            made = original(*arguments, **more)  # type: ignore[arg-type]
            original("e2e.yml", "main", {}, world.github.account, title="End to end somebody-elses")
            return made

        world.runs.add = add  # type: ignore[method-assign, assignment]

        outcome = world.outcome(nonce="nonce")

        assert outcome.url.endswith("/501")
        assert world.runs.all[0].given == {"nonce": attempt().key}

    def test_one_that_never_shows_up_is_an_error(self, world: World) -> None:
        world.runs.hidden = 1000

        with pytest.raises(PromontoryError, match="was started, and does not show up in the list of runs"):
            world.outcome()


class TestOnce:
    """Whatever dies in between, a run is not started twice where GitHub lets us find it."""

    def test_a_lost_answer_to_the_start_starts_no_second_run(self, world: World) -> None:
        world.github.loses_answers = 1

        assert world.outcome().passed
        assert len(world.runs.all) == 1

    def test_a_promotion_that_was_killed_finds_its_own_run(self, world: World) -> None:
        world.runs.script = ["running"]
        around = facilities(forges=world.forges)
        before = suite(nonce="nonce")

        async def kill() -> None:
            """No cleaning up: as SIGKILL leaves it."""
            running = asyncio.create_task(before.run(attempt(), around))
            await asyncio.to_thread(wait_for, lambda: bool(world.runs.all and world.runs.all[0].looks))
            world.runs.cancel = lambda *_: None  # type: ignore[method-assign, misc, assignment]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(kill())
        world.clock = JumpingClock()
        world.runs.all[0].created = world.clock.now()
        world.runs.all[0].script = ["running", "success"]

        outcome = world.outcome(nonce="nonce")

        assert outcome.passed
        assert len(world.runs.all) == 1

    def test_one_that_was_cancelled_is_not_taken_up(self, world: World) -> None:
        world.runs.add("e2e.yml", "main", {}, "promontory-bot", title=f"x {attempt().key}", script=["cancelled"])

        assert world.outcome(nonce="nonce").url.endswith("/502")

    def test_one_that_has_ended_meanwhile_is_its_result(self, world: World) -> None:
        world.runs.add("e2e.yml", "main", {}, "promontory-bot", title=f"x {attempt().key}", script=["success"])

        assert world.outcome(nonce="nonce").url.endswith("/501")
        assert len(world.runs.all) == 1


class TestRefusals:
    def test_a_workflow_that_is_not_there_is_named(self, world: World) -> None:
        with pytest.raises(PromontoryError) as raised:
            world.outcome(workflow="nightly.yml")

        assert raised.value.message.startswith("localhost")
        assert "has no workflow nightly.yml in acme/web-app, or hides it from the token" in raised.value.message
        assert "actions (read and write)" in raised.value.remedy

    def test_a_branch_that_is_not_there(self, world: World) -> None:
        with pytest.raises(PromontoryError, match=r"No ref found for: v1.3.0"):
            world.outcome(ref="{release}")

    def test_inputs_that_the_workflow_does_not_have(self, world: World) -> None:
        with pytest.raises(PromontoryError, match="Unexpected inputs provided: "):
            world.outcome(inputs={"nonsense": "x"})

        assert world.runs.all == []

    def test_no_token_goes_to_another_server(self, world: World, httpserver: HTTPServer) -> None:
        with pytest.raises(AuthenticationFailed, match=r"there is no token for ci.evil.example") as raised:
            world.outcome(url="https://ci.evil.example")

        assert "PROMONTORY_TOKENS" in raised.value.remedy

    def test_a_forge_of_another_kind_is_said_at_once(self, world: World) -> None:
        forges = ForgesAround("https://gitlab.com/acme/gitops.git", None, Settings(forge_token=SecretStr(TOKEN)))

        with pytest.raises(UsageError, match=r"gitlab.com is a gitlab, not a github"):
            run(suite(), facilities(clock=world.clock, forges=forges))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"workflow": ""}, "is no workflow"),
            ({"workflow": "../../pulls/1"}, "is no workflow"),
            ({"workflow": ".github/workflows/e2e.yml"}, "write the name of its file in .github/workflows"),
            ({"workflow": "e2e.yml?x=1"}, "is no workflow"),
            ({"workflow": "e2e.yml\nX: y"}, "is no workflow"),
            ({"workflow": "-e2e.yml"}, "is no workflow"),
            ({"workflow": "{tag}.yml"}, "unknown placeholder {tag}"),
            ({"repository": "web-app"}, "is no repository: write owner/name"),
            ({"repository": "../.."}, "is no repository: write owner/name"),
            ({"repository": "acme//x"}, "is no repository: write owner/name"),
            ({"url": "http://user:secret@github.com"}, "without a user name"),
            ({"url": "github.com"}, "give the forge's address"),
            ({"ref": "-x"}, "is neither a branch nor a tag"),
            ({"ref": "a b"}, "is neither a branch nor a tag"),
            ({"inputs": {"a b": "x"}}, "should match pattern"),
            ({"inputs": {"nonce": "x"}, "nonce": "nonce"}, "it gets its value from Promontory"),
            ({"inputs": {"a": ["x"]}}, "valid string"),
        ],
    )
    def test_bad_options_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError, match=message):
            suite(**options)

    def test_a_hostile_release_stays_one_value(self, world: World) -> None:
        hostile = attempt(target=TARGET.__class__(TARGET.place, 'x", "admin": "true'))

        run(suite(inputs={"url": "{release}"}), world.around, hostile)

        assert world.runs.all[0].given == {"url": 'x", "admin": "true'}

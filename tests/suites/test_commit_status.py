"""The commit-status suite against fakes of the three forges over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer

from promontory.config import ForgeOptions
from promontory.errors import PromontoryError
from promontory.forges import ForgesAround
from promontory.settings import Settings
from promontory.suites.commit_status import CommitStatusSuite
from promontory.suites.contract import Facilities, Outcome
from tests.checks.test_watch import JumpingClock
from tests.forges.conftest import FAKES
from tests.forges.fake_forge import TOKEN, FakeForge, sha_of
from tests.suites.surroundings import FilesIn, facilities, run

COMMIT = sha_of("release")


@pytest.fixture(params=FAKES, ids=lambda fake: fake.kind)
def fake(request: pytest.FixtureRequest, httpserver: HTTPServer) -> FakeForge:
    made: FakeForge = request.param(httpserver)
    return made


def around(fake: FakeForge, clock: JumpingClock | None = None, **source: Any) -> Facilities:
    settings = Settings(forge_token=SecretStr(TOKEN), forge_host="localhost")
    options = ForgeOptions(kind=fake.kind, url=fake.url, repository=fake.repository)
    forges = ForgesAround("git@git.acme.example:acme/gitops.git", options, settings)
    code = FilesIn(Path("/nonexistent"), **{"commit": COMMIT, **source})
    return facilities(clock=clock or JumpingClock(), forges=forges, code=code)


def suite(**options: object) -> CommitStatusSuite:
    return CommitStatusSuite.model_validate({"kind": "commit-status", "context": "ci/build", **options})


class Reporting(JumpingClock):
    """Something is reported while the suite waits."""

    def __init__(self, fake: FakeForge, *reports: tuple[Any, ...]) -> None:
        super().__init__()
        self._fake, self._reports = fake, list(reports)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if self._reports:
            self._fake.set_checks(COMMIT, self._reports.pop(0))  # type: ignore[arg-type]


def outcome(fake: FakeForge, clock: JumpingClock | None = None, **options: object) -> Outcome:
    return run(suite(**options), around(fake, clock))


def test_a_success_on_the_commit_of_the_release_passes(fake: FakeForge) -> None:
    fake.set_checks(COMMIT, ("ci/build", "success"), ("ci/other", "failure"))

    assert outcome(fake).passed


def test_a_failure_fails_at_once_and_says_what_was_reported(fake: FakeForge) -> None:
    clock = JumpingClock()
    fake.set_checks(COMMIT, ("ci/build", "failure", "3 tests failed"))

    result = outcome(fake, clock)

    assert result.reason.startswith("ci/build: fail")
    assert result.reason.endswith(f"(3 tests failed) (on {COMMIT[:12]})")
    assert clock.monotonic() == 0


def test_it_waits_until_it_is_reported_and_then_for_its_end(fake: FakeForge) -> None:
    clock = Reporting(fake, ("ci/other", "success"), ("ci/build", "pending"), ("ci/build", "success"))

    assert outcome(fake, clock).passed
    assert clock.monotonic() > 30


def test_one_that_nobody_reports_is_a_failure_at_the_timeout(fake: FakeForge) -> None:
    fake.set_checks(COMMIT, ("ci/builder", "success"), ("build", "success"))

    result = outcome(fake, timeout="10m")

    assert result.reason == f"not finished within 10m: nobody has reported ci/build on {COMMIT[:12]}"


def test_one_that_stays_open_is_a_failure_at_the_timeout(fake: FakeForge) -> None:
    fake.set_checks(COMMIT, ("ci/build", "pending"))

    assert outcome(fake, timeout="10m").reason.startswith("not finished within 10m: ci/build: ")


def test_it_is_found_among_many(fake: FakeForge) -> None:
    fake.set_checks(COMMIT, *((f"ci/{number}", "success") for number in range(130)), ("ci/build", "success"))

    assert outcome(fake).passed


def test_names_may_hold_placeholders_and_anything_else(fake: FakeForge) -> None:
    name = 'build (3.11, ubuntu) / it\'s a "test" ✓'
    fake.set_checks(COMMIT, (f"{name} web-app", "success"))

    assert outcome(fake, context=f"{name} {{application}}").passed


def test_a_forge_that_fails_is_asked_again(fake: FakeForge) -> None:
    fake.set_checks(COMMIT, ("ci/build", "success"))
    fake.fail_next(503)
    fake.fail_next(429, None, Retry_After="100")
    clock = JumpingClock()

    assert outcome(fake, clock).passed
    assert clock.monotonic() >= 100


def test_a_token_that_is_refused_is_said_at_once(fake: FakeForge) -> None:
    fake.fail_next(401)

    with pytest.raises(PromontoryError, match="does not accept the token"):
        outcome(fake)


def test_a_repository_that_is_not_there_is_said_after_a_while(fake: FakeForge) -> None:
    """The commit may be on its way; a wrong name is not worth half an hour."""
    clock = JumpingClock()

    with pytest.raises(PromontoryError, match="has no repository acme/nothing"):
        outcome(fake, clock, repository="acme/nothing", ref="main")

    assert clock.monotonic() < 300


def test_a_tag_can_say_which_commit_is_meant(fake: FakeForge) -> None:
    fake.set_checks("v1", ("ci/build", "success"))

    assert run(suite(ref="v1"), around(fake, commit=None)).passed


def test_a_release_of_which_no_commit_is_known_is_an_error(fake: FakeForge) -> None:
    with pytest.raises(PromontoryError, match=r"which commit v1\.3\.0 was made of is not known"):
        run(suite(), around(fake, commit=None))


def test_the_repository_of_the_release_is_asked(httpserver: HTTPServer) -> None:
    """Where releases are tags of another repository, that is the one whose CI reports."""
    fake = FAKES[0](httpserver, repository="acme/web-app")
    fake.set_checks(COMMIT, ("ci/build", "success"))
    settings = Settings(forge_token=SecretStr(TOKEN))
    options = ForgeOptions(kind=fake.kind, url=fake.url, repository="acme/gitops")
    forges = ForgesAround(f"{fake.url}/acme/gitops.git", options, settings)
    code = FilesIn(Path("/nonexistent"), commit=COMMIT, git_url=f"{fake.url}/acme/web-app.git")

    assert run(suite(), facilities(clock=JumpingClock(), forges=forges, code=code)).passed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"context": ""}, "at least 1 character"),
        ({"context": "x" * 256}, "at most 255 characters"),
        ({"context": "{tag}"}, "unknown placeholder {tag}"),
        ({"forge": "bitbucket"}, "'github', 'gitlab' or 'gitea'"),
        ({"ref": "a..b c"}, "is neither a branch nor a tag"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        suite(**options)

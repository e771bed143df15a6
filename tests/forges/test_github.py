"""What only GitHub does."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from forges.conftest import connect
from forges.fake_github import FakeGitHub
from promontory.forges import Forge
from promontory.forges.github import GitHub

HEAD = "promote/web-app"


@pytest.fixture
def fake(httpserver: HTTPServer) -> FakeGitHub:
    made = FakeGitHub(httpserver)
    made.branch(HEAD)
    return made


@pytest.fixture
def forge(fake: FakeGitHub) -> Forge:
    return connect(fake)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://git.acme.example", "https://git.acme.example/api/v3"),
    ],
)
def test_the_api_is_where_each_edition_has_it(url: str, api: str) -> None:
    assert GitHub.dialect.api(url) == api


def test_whether_it_merges_is_unknown_while_github_looks(fake: FakeGitHub, forge: Forge) -> None:
    fake.add_request(HEAD).undecided = True

    request = forge.get(1)

    assert (request.mergeable, request.merge_state) == (None, "unknown")


def test_the_commit_of_githubs_own_trial_is_not_taken_for_a_merge(fake: FakeGitHub, forge: Forge) -> None:
    fake.add_request(HEAD)
    fake.close_by("alice")

    assert forge.get(1).merged_sha is None


def test_a_merged_head_with_another_tip_is_moved_though_github_shows_the_old_one(
    fake: FakeGitHub, forge: Forge
) -> None:
    request = forge.open(HEAD, "main", "Promote", "").request
    fake.fail_next(409, {"message": "Head branch was modified. Review and try the merge again."})

    assert forge.merge(request.number, request.head_sha, "merge", "Promote").outcome == "moved"


def test_labels_that_cannot_be_set_are_a_warning(fake: FakeGitHub, forge: Forge) -> None:
    made = forge.open(HEAD, "main", "Promote", "").request
    fake.failures = []
    fake.routes = tuple(route for route in fake.routes if "/labels" not in route[1])

    again = forge.open(HEAD, "main", "Promote", "", ["promotion"])

    assert again.request.number == made.number
    (warning,) = again.warnings
    assert warning.startswith("not labelled promotion: ")


def test_skipped_and_neutral_runs_are_no_failures_and_cancelled_ones_are(fake: FakeGitHub, forge: Forge) -> None:
    sha = fake.branches[HEAD]
    fake.set_checks(sha, ("build", "success"), ("optional", "skipped"), ("info", "neutral"))  # type: ignore[arg-type]
    assert forge.checks(sha).state == "success"

    fake.set_checks(sha, ("build", "cancelled"))  # type: ignore[arg-type]
    assert forge.checks(sha).reasons == ("build: cancelled",)

"""What only GitLab does."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from forges.conftest import connect
from forges.fake_gitlab import FakeGitLab
from promontory.errors import ForgeRefused
from promontory.forges import Forge

HEAD = "promote/web-app"


@pytest.fixture
def fake(httpserver: HTTPServer) -> FakeGitLab:
    made = FakeGitLab(httpserver)
    made.branch(HEAD)
    return made


@pytest.fixture
def forge(fake: FakeGitLab) -> Forge:
    return connect(fake)


def test_a_project_in_subgroups_is_one_segment_of_the_path(httpserver: HTTPServer) -> None:
    fake = FakeGitLab(httpserver, repository="acme/platform/gitops")
    fake.add_request(HEAD)

    assert connect(fake).get(1).number == 1
    assert fake.calls[0] == "GET /projects/acme%2Fplatform%2Fgitops/merge_requests/1"


def test_the_free_edition_takes_one_reviewer_and_the_others_are_warned_of(fake: FakeGitLab, forge: Forge) -> None:
    fake.most_reviewers = 1

    made = forge.open(HEAD, "main", "Promote", "", reviewers=["alice", "bob"])

    assert made.request.reviewers == ("alice",)
    assert made.warnings == ("bob was not asked for a review: GitLab did not take this reviewer",)


def test_reviewers_that_others_have_asked_stay(fake: FakeGitLab, forge: Forge) -> None:
    fake.add_request(HEAD).asked = ["carol"]

    assert set(forge.open(HEAD, "main", "", "", reviewers=["alice"]).request.reviewers) == {"alice", "carol"}


def test_a_status_that_is_set_already_is_no_error_on_an_old_gitlab(fake: FakeGitLab, forge: Forge) -> None:
    fake.strict_statuses = True
    sha = fake.branches[HEAD]

    for _ in range(2):
        forge.set_status(sha, "promontory/dev", "pending", "v1.3.0")

    assert fake.statuses[sha]["promontory/dev"]["state"] == "pending"


def test_a_status_that_is_refused_for_another_reason_is_an_error(fake: FakeGitLab, forge: Forge) -> None:
    fake.fail_next(400, {"error": "state does not have a valid value"})

    with pytest.raises(ForgeRefused, match="state does not have a valid value"):
        forge.set_status(fake.branches[HEAD], "promontory/dev", "pending", "")


def test_a_fast_forward_is_merged_as_the_head(fake: FakeGitLab, forge: Forge) -> None:
    request = fake.add_request(HEAD)
    fake.merge_by("alice")
    request.method = "ff"

    assert forge.get(1).merged_sha == request.head_sha


def test_a_user_who_may_not_merge_is_told_from_a_bad_token(fake: FakeGitLab, forge: Forge) -> None:
    request = forge.open(HEAD, "main", "Promote", "").request
    fake.fail_next(401, {"message": "401 Unauthorized"})

    with pytest.raises(ForgeRefused, match="does not let us merge !1"):
        forge.merge(request.number, request.head_sha, "merge", "Promote")


def test_whether_it_merges_is_unknown_while_gitlab_looks(fake: FakeGitLab, forge: Forge) -> None:
    fake.add_request(HEAD).undecided = True

    request = forge.get(1)

    assert (request.mergeable, request.merge_state) == (None, "checking")


def test_commands_in_the_plan_are_not_obeyed(fake: FakeGitLab, forge: Forge) -> None:
    number = forge.open(HEAD, "main", "Promote", "The plan.\n/merge\nsee /etc/hosts").request.number
    assert fake.request().body == "The plan.\n\\/merge\nsee /etc/hosts"

    forge.update(number, "Promote", "/approve")
    assert fake.request().body == "\\/approve"

    forge.comment(number, "rejected:\n/close")
    assert fake.request().comments == ["rejected:\n\\/close"]


@pytest.mark.parametrize(
    ("status", "allowed", "state"),
    [
        ("success", False, "success"),
        ("skipped", False, "success"),
        ("failed", True, "success"),
        ("manual", True, "success"),
        ("failed", False, "failure"),
        ("canceled", False, "failure"),
        ("manual", False, "pending"),
        ("created", False, "pending"),
        ("waiting_for_resource", False, "pending"),
        ("scheduled", False, "pending"),
    ],
)
def test_jobs_count_as_gitlab_counts_them(
    httpserver: HTTPServer, fake: FakeGitLab, status: str, allowed: bool, state: str
) -> None:
    sha = fake.branches[HEAD]
    httpserver.clear()
    job = {"id": 1, "name": "build", "status": status, "allow_failure": allowed, "description": None}
    path = f"/api/v4/projects/acme/gitops/repository/commits/{sha}/statuses"
    httpserver.expect_request(path).respond_with_json([job])

    assert connect(fake).checks(sha).state == state

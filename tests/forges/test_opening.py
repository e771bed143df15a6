"""The contract, against each of the three forges: opening and finding requests, and who may."""

from __future__ import annotations

import pytest

from forges.conftest import HEAD, connect, opened
from forges.fake_forge import FakeForge
from forges.fake_gitea import FakeGitea
from forges.fake_github import FakeGitHub
from promontory.errors import AuthenticationFailed, ForgeNotFound, ForgeRefused, TransientError
from promontory.forges import Forge, PullRequest


def test_a_request_is_opened_with_labels_and_reviewers(fake: FakeForge, forge: Forge) -> None:
    made = forge.open(HEAD, "main", "Promote web-app", "The plan.", ["promotion", "production"], ["alice"])

    (request,) = fake.open_requests
    assert made.created
    assert made.warnings == ()
    assert (request.title, request.body) == ("Promote web-app", "The plan.")
    assert made.request.head_sha == fake.branches[HEAD]
    assert (made.request.head, made.request.base, made.request.state) == (HEAD, "main", "open")
    assert sorted(made.request.labels) == ["production", "promotion"]
    assert made.request.reviewers == ("alice",)
    assert made.request.url.startswith(fake.url)
    assert (made.request.title, made.request.body) == ("Promote web-app", "The plan.")


def test_opening_again_finds_the_open_one_and_leaves_it_as_it_is(fake: FakeForge, forge: Forge) -> None:
    first = opened(forge)

    again = forge.open(HEAD, "main", "Another title", "Another body")

    assert not again.created
    assert again.request == first
    assert len(fake.requests) == 1


def test_what_a_killed_run_did_not_get_to_is_made_up_for(fake: FakeForge, forge: Forge) -> None:
    opened(forge)

    again = forge.open(HEAD, "main", "", "", ["promotion"], ["alice"])

    assert again.request.labels == ("promotion",)
    assert again.request.reviewers == ("alice",)


def test_labels_and_reviewers_that_are_there_are_not_asked_for_again(fake: FakeForge, forge: Forge) -> None:
    opened(forge, labels=["promotion"], reviewers=["alice"])
    before = len(fake.calls)

    forge.open(HEAD, "main", "", "", ["promotion"], ["Alice"])

    assert [call for call in fake.calls[before + 1 :] if not call.startswith("GET")] == []


def test_unknown_reviewers_are_warned_of_and_the_known_ones_asked(fake: FakeForge, forge: Forge) -> None:
    made = forge.open(HEAD, "main", "Promote", "", reviewers=["nobody", "alice", "bob"])

    assert sorted(made.request.reviewers) == ["alice", "bob"]
    (warning,) = made.warnings
    assert warning.startswith("nobody was not asked for a review: ")


@pytest.mark.parametrize("fake", [FakeGitHub, FakeGitea], indirect=True)
def test_a_team_is_asked_as_a_team(fake: FakeForge, forge: Forge) -> None:
    made = forge.open(HEAD, "main", "Promote", "", reviewers=["acme/platform", "acme/nobody"])

    assert made.request.reviewers == ("acme/platform",)
    (warning,) = made.warnings
    assert warning.startswith("acme/nobody was not asked for a review: ")


@pytest.mark.parametrize("fake", [FakeGitHub, FakeGitea], indirect=True)
def test_a_team_that_was_asked_is_not_asked_again(fake: FakeForge, forge: Forge) -> None:
    forge.open(HEAD, "main", "Promote", "", reviewers=["acme/platform"])

    forge.open(HEAD, "main", "Promote", "", reviewers=["acme/platform"])

    assert fake.request().asked == ["platform"]


def test_a_branch_that_is_not_there_cannot_be_asked_to_be_merged(forge: Forge) -> None:
    with pytest.raises((ForgeRefused, ForgeNotFound)):
        forge.open("promote/nothing", "main", "Promote", "")


def test_an_open_request_is_found_before_a_newer_closed_one(fake: FakeForge, forge: Forge) -> None:
    first = fake.add_request(HEAD)
    fake.add_request(HEAD)
    fake.close_by("alice")

    found = forge.find(HEAD, "main")

    assert found is not None
    assert (found.number, found.state) == (first.number, "open")


def test_of_closed_requests_the_newest_is_found(fake: FakeForge, forge: Forge) -> None:
    fake.add_request(HEAD)
    fake.merge_by("alice")
    fake.add_request(HEAD)
    fake.close_by("bob")

    found = forge.find(HEAD, "main")

    assert found is not None
    assert (found.number, found.state, found.closed_by) == (2, "closed", "bob")


def test_other_branches_are_not_found(fake: FakeForge, forge: Forge) -> None:
    fake.add_request(HEAD, "release")
    fake.add_request("promote/web-app-2")

    assert forge.find(HEAD, "main") is None


def test_the_request_of_a_fork_with_a_branch_of_that_name_is_not_ours(fake: FakeForge, forge: Forge) -> None:
    fake.add_request(HEAD, fork=True)

    assert forge.find(HEAD, "main") is None
    assert opened(forge).number == 2


def test_an_open_request_is_found_behind_many_others(fake: FakeForge, forge: Forge) -> None:
    fake.add_request(HEAD)
    for number in range(120):
        fake.add_request(f"other/{number}")

    found = forge.find(HEAD, "main")

    assert found is not None
    assert found.number == 1


def test_a_request_that_is_not_there_is_an_error_that_names_it(fake: FakeForge, forge: Forge) -> None:
    with pytest.raises(ForgeNotFound, match="has no pull request 7 in acme/gitops, or hides it from the token"):
        forge.get(7)


def test_the_forge_is_called_by_repository_and_server(fake: FakeForge, forge: Forge) -> None:
    assert forge.label == f"acme/gitops on {fake.url.removeprefix('http://')}"


def test_another_token_is_refused(fake: FakeForge) -> None:
    with pytest.raises(AuthenticationFailed, match="does not accept the token") as refused:
        connect(fake, "another-token").find(HEAD, "main")

    assert "PROMONTORY_FORGE_TOKEN" in refused.value.remedy
    assert "another-token" not in str(refused.value)


def test_a_forge_that_has_a_bad_moment_is_asked_again_later(fake: FakeForge, forge: Forge) -> None:
    fake.fail_next(502)

    with pytest.raises(TransientError):
        forge.find(HEAD, "main")
    assert forge.find(HEAD, "main") is None


def test_a_creation_whose_answer_was_lost_is_found_by_the_retry(fake: FakeForge, forge: Forge) -> None:
    fake.add_request(HEAD)

    assert not forge.open(HEAD, "main", "Promote", "").created


def test_values_survive_json(fake: FakeForge, forge: Forge) -> None:
    fake.branch("promote/other")
    made = forge.open(HEAD, "main", "Promote", "", ["promotion"], ["alice"])
    fake.approve_by("bob")
    request = forge.get(made.request.number)

    assert PullRequest.model_validate_json(request.model_dump_json()) == request


def test_the_token_knows_whose_it_is(fake: FakeForge, forge: Forge) -> None:
    assert forge.account() == fake.account


def test_a_token_of_no_user_has_no_account(fake: FakeForge, forge: Forge) -> None:
    fake.fail_next(403, {"message": "Resource not accessible by integration"})

    assert forge.account() is None

"""What only Gitea does."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from forges.conftest import connect
from forges.fake_gitea import FakeGitea
from promontory.forges import Forge

HEAD = "promote/web-app"


@pytest.fixture
def fake(httpserver: HTTPServer) -> FakeGitea:
    made = FakeGitea(httpserver)
    made.branch(HEAD)
    return made


@pytest.fixture
def forge(fake: FakeGitea) -> Forge:
    return connect(fake)


def test_labels_of_the_repository_and_the_organization_are_used_and_missing_ones_made(
    fake: FakeGitea, forge: Forge
) -> None:
    fake.repository_labels = {"promotion": 7}
    fake.organization_labels = {"production": 70}

    made = forge.open(HEAD, "main", "Promote", "", ["promotion", "production", "new"])

    assert sorted(made.request.labels) == ["new", "production", "promotion"]
    assert fake.calls.count("POST /repos/acme/gitops/labels") == 1


def test_a_repository_of_a_person_has_no_labels_of_an_organization(fake: FakeGitea, forge: Forge) -> None:
    fake.routes = tuple(route for route in fake.routes if not route[1].startswith("/orgs/"))

    assert forge.open(HEAD, "main", "Promote", "", ["promotion"]).request.labels == ("promotion",)


def test_a_label_on_the_second_page_is_found_though_there_is_no_link(fake: FakeGitea, forge: Forge) -> None:
    fake.repository_labels = {f"label-{number}": number for number in range(1, 75)}

    forge.open(HEAD, "main", "Promote", "", ["label-70"])

    assert "POST /repos/acme/gitops/labels" not in fake.calls


def test_pages_may_be_smaller_than_asked_for(fake: FakeGitea, forge: Forge) -> None:
    fake.most_per_page = 5
    fake.add_request(HEAD)
    for number in range(12):
        fake.add_request(f"other/{number}")

    found = forge.find(HEAD, "main")

    assert found is not None
    assert found.number == 1


def test_closed_requests_are_looked_through_to_a_limit(fake: FakeGitea, forge: Forge) -> None:
    fake.add_request(HEAD)
    fake.close_by("alice")
    for number in range(200):
        fake.add_request(f"other/{number}")
        fake.close_by("alice")

    assert forge.find(HEAD, "main") is None
    assert len([call for call in fake.calls if call.endswith("/pulls")]) <= 6


def test_a_merged_request_keeps_the_name_of_its_deleted_branch(fake: FakeGitea, forge: Forge) -> None:
    fake.add_request(HEAD)
    fake.merge_by("alice")
    fake.deleted_branches = [HEAD]

    found = forge.find(HEAD, "main")

    assert found is not None
    assert (found.head, found.state) == (HEAD, "merged")


def test_a_request_whose_closer_gitea_does_not_tell_is_closed_all_the_same(fake: FakeGitea, forge: Forge) -> None:
    fake.routes = tuple(route for route in fake.routes if not route[1].endswith("/timeline"))
    fake.add_request(HEAD)
    fake.close_by("alice")

    request = forge.get(1)

    assert (request.state, request.closed_by) == ("closed", None)


def test_a_title_that_says_so_makes_a_draft(fake: FakeGitea, forge: Forge) -> None:
    fake.add_request(HEAD).title = "WIP: Promote"

    assert forge.get(1).draft


def test_a_merge_that_gitea_is_not_ready_for_is_blocked(fake: FakeGitea, forge: Forge) -> None:
    request = forge.open(HEAD, "main", "Promote", "").request
    fake.request().undecided = True

    result = forge.merge(request.number, request.head_sha, "merge", "Promote")

    assert result.outcome == "blocked"
    assert "Please try again later" in result.reason

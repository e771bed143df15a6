"""The contract, against each of the three forges: what a request says, and changing it."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from promontory.forges import Approver, Forge
from tests.forges.conftest import HEAD, connect, opened
from tests.forges.fake_forge import FakeForge
from tests.forges.fake_gitea import FakeGitea
from tests.forges.fake_github import FakeGitHub
from tests.forges.fake_gitlab import FakeGitLab


def test_title_and_body_are_replaced(fake: FakeForge, forge: Forge) -> None:
    forge.update(opened(forge).number, "Promote web-app v2", "A new plan.")

    assert (fake.request().title, fake.request().body) == ("Promote web-app v2", "A new plan.")


def test_a_comment_arrives(fake: FakeForge, forge: Forge) -> None:
    forge.comment(opened(forge).number, "Superseded by v2.")

    assert fake.request().comments == ["Superseded by v2."]


def test_closing_says_who_did_it(fake: FakeForge, forge: Forge) -> None:
    closed = forge.close(opened(forge).number)

    assert (closed.state, closed.closed_by) == ("closed", fake.account)
    assert fake.open_requests == []


def test_closing_what_was_merged_meanwhile_says_so(fake: FakeForge, forge: Forge) -> None:
    number = opened(forge).number
    fake.merge_by("alice")

    assert forge.close(number).state == "merged"


def test_a_person_closes_it(fake: FakeForge, forge: Forge) -> None:
    number = opened(forge).number
    fake.close_by("alice")

    request = forge.get(number)

    assert (request.state, request.closed_by, request.merged_by) == ("closed", "alice", None)
    assert (request.merged_sha, request.mergeable) == (None, None)


def test_a_person_merges_it(fake: FakeForge, forge: Forge) -> None:
    number = opened(forge).number
    sha = fake.merge_by("alice")

    request = forge.get(number)

    assert (request.state, request.merged_by, request.merged_sha) == ("merged", "alice", sha)
    assert request.closed_by is None


def test_an_open_request_has_no_merged_commit(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)

    assert (request.merged_sha, request.merged_by, request.closed_by) == (None, None, None)


def test_approvals_are_counted_by_the_last_word(fake: FakeForge, forge: Forge) -> None:
    number = opened(forge).number
    fake.approve_by("alice")
    fake.approve_by("bob")
    fake.reject_by("bob")

    assert forge.get(number).approved_by == ("alice",)


@pytest.mark.parametrize("kind", [FakeGitHub, FakeGitea])
def test_an_approval_of_somebody_who_may_only_read_does_not_stand(
    httpserver: HTTPServer, kind: type[FakeForge]
) -> None:
    fake = kind(httpserver)
    fake.branch(HEAD)
    forge = connect(fake)
    number = opened(forge).number
    fake.people.append("dave")
    fake.strangers.add("dave")
    fake.approve_by("dave")
    fake.approve_by("bob")

    assert forge.get(number).approved_by == ("bob",)


def test_an_approval_says_which_head_was_approved_where_the_forge_knows(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    fake.approve_by("alice")
    fake.move_head()

    (approver,) = forge.get(request.number).approvers

    assert approver == Approver(name="alice", sha=request.head_sha)


def test_an_approval_of_an_older_gitlab_is_of_an_unknown_head(httpserver: HTTPServer) -> None:
    fake = FakeGitLab(httpserver)
    fake.branch(HEAD)
    fake.dated_approvals = False
    forge = connect(fake)
    request = opened(forge)
    fake.approve_by("alice")

    assert forge.get(request.number).approvers == (Approver(name="alice"),)


def test_whether_it_can_be_merged_is_told(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    assert request.mergeable is True

    fake.request().blocked = "not enough approvals"
    blocked = forge.get(request.number)
    assert blocked.mergeable is False
    assert blocked.merge_state

    fake.request().blocked, fake.request().draft = "", True
    draft = forge.get(request.number)
    assert (draft.mergeable, draft.draft) == (False, True)


def test_what_people_said_is_no_order_in_comments_and_bodies(fake: FakeForge, forge: Forge) -> None:
    said = "/merge\nfixes #1, @acme/team"
    harmless = "\\/merge\nfixes\u2060 #1, @\u2060acme/team"
    number = forge.open(HEAD, "main", "Promote web-app", said).request.number

    forge.comment(number, said)
    assert fake.request().body == harmless
    forge.update(number, "fixes #1", said)

    assert (fake.request().title, fake.request().body) == ("fixes\u2060 #1", harmless)
    assert fake.request().comments == [harmless]

"""Reviews and merges on the forge that are approvals, and those that are none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.approvals import ApprovalState
from promontory.entry import Entry
from promontory.promotion.approving import answer, approval_state, request_approval
from promontory.promotion.attending import attend, next_attendance
from promontory.promotion.proposing import bring_up_to_date
from promontory.promotion.requests import open_requests
from promontory.promotion.reviews import heed_reviews
from promontory.promotion.values import Hop
from promontory.promotion.waiting import waiting
from promontory.promotion.workspace import acting_as
from tests.forges.fake_forge import FakeForge
from tests.forges.fake_gitea import FakeGitea
from tests.forges.fake_github import FakeGitHub
from tests.forges.fake_gitlab import FakeGitLab
from tests.promotion.forges import MakeProposer, Proposer, green

PEOPLE = "people:\n  alice: [alice-acme]\n  carol: [ci]\n"
RULE = "{kind: pull-request}\n    approval: {approvers: [alice, bob, carol]RULE}"
POLL = timedelta(seconds=15)


def asked(make: MakeProposer, rule: str = "", kind: type[FakeForge] = FakeGitHub) -> tuple[Proposer, Hop]:
    p = make(RULE.replace("RULE", rule), kind=kind, top=PEOPLE)
    p.fake.people += ["alice-acme", "mallory"]
    hop = p.hop("v1.1.0")
    p.propose(hop)
    request_approval(p.workspace, hop, p.plan(hop), (), ())
    return p, hop


def heed(p: Proposer, hop: Hop) -> ApprovalState:
    assert heed_reviews(p.workspace, hop.place, hop.promotion)
    return approval_state(p.workspace, hop, p.plan(hop))


def approvals(p: Proposer) -> list[Entry]:
    return [entry for entry in p.world.entries("dev") if entry.kind == "approved"]


@pytest.mark.parametrize("kind", [FakeGitHub, FakeGitLab, FakeGitea])
def test_a_review_of_the_present_head_by_an_approver_is_an_approval(make: MakeProposer, kind: type[FakeForge]) -> None:
    p, hop = asked(make, kind=kind)
    p.fake.approve_by("alice-acme")

    state = heed(p, hop)
    heed(p, hop)

    assert (state.status, state.by) == ("granted", ("alice-acme",))
    (given,) = approvals(p)
    assert (given.by, given.proof) == ("alice-acme", f"{p.fake.kind} review")
    assert given.pull_request
    assert given.pull_request.reviewed == p.fake.request().head_sha


def test_a_review_lets_it_be_merged(make: MakeProposer) -> None:
    p, hop = asked(make)
    green(p)
    p.fake.approve_by("bob")

    heed(p, hop)
    state = p.look(hop)

    assert state.status == "merged"
    assert "Approved-By: bob" in p.fake.request().message


def test_reviews_that_do_not_count(make: MakeProposer) -> None:
    p, hop = asked(make)
    p.fake.approve_by("mallory")
    p.fake.approve_by(p.fake.account)
    p.fake.approve_by("bob")
    p.fake.reject_by("bob")

    assert heed(p, hop).status == "waiting"
    assert approvals(p) == []


def test_a_review_of_an_older_head_or_of_somebody_elses_does_not_count(make: MakeProposer) -> None:
    p, hop = asked(make)
    p.fake.approve_by("alice-acme")
    p.world.git("update-ref", f"refs/heads/{p.fake.request().head}", p.world.git("rev-parse", "main").strip())
    p.fake.approve_by("bob")

    assert heed(p, hop).status == "waiting"


def test_a_review_does_not_count_for_a_head_that_came_after_it(make: MakeProposer) -> None:
    p, hop = asked(make)
    p.fake.approve_by("alice-acme")
    p.world.edit("README.md", "GitOps", "Our GitOps")
    p.workspace.repository.sync()
    moved = bring_up_to_date(p.workspace, hop, p.plan(hop))

    assert moved
    assert heed(p, hop).status == "waiting"
    assert p.fake.request().head_sha == moved.commit


def test_promontory_s_own_account_approves_nothing_whoever_lists_it(make: MakeProposer) -> None:
    p, hop = asked(make)
    p.fake.account = "bob"
    p.fake.approve_by("bob")

    assert heed(p, hop).status == "waiting"


def test_the_requester_s_review_does_not_count_where_it_is_excluded(make: MakeProposer) -> None:
    p, hop = asked(make, ", exclude_requester: true")  # the requester of the tests is "ci", which is carol
    p.fake.approve_by("carol")

    assert heed(p, hop).status == "waiting"


def test_where_proof_is_wanted_no_review_counts(make: MakeProposer) -> None:
    p, hop = asked(make, ", signed: true")
    p.fake.approve_by("bob")

    assert heed(p, hop).status == "waiting"


def test_where_anybody_may_approve_not_everybody_with_a_login_may(make: MakeProposer) -> None:
    p = make("{kind: pull-request}\n    approval: {}", top=PEOPLE)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    request_approval(p.workspace, hop, p.plan(hop), (), ())
    p.fake.approve_by("bob")

    assert heed(p, hop).status == "waiting"


def test_a_merge_by_an_approver_is_an_approval(make: MakeProposer) -> None:
    p, hop = asked(make)
    p.fake.merge_by("alice-acme")

    entry = p.look(hop).entry

    assert entry
    assert (entry.kind, entry.reason) == ("pushed", "")
    assert [(each.by, each.proof) for each in approvals(p)] == [("alice-acme", "github merge")]


def test_a_merge_past_the_rule_is_recorded_and_told(make: MakeProposer, caplog: pytest.LogCaptureFixture) -> None:
    p, hop = asked(make, ", required: 2")
    answer(acting_as(p.workspace, "bob"), hop.promotion, "approved", "", "terminal")
    p.fake.merge_by("mallory")

    entry = p.look(hop).entry

    assert entry
    assert entry.reason.startswith(
        "merged by mallory on the forge without the approval that the environment wants: 1 more"
    )
    assert entry.reason in caplog.text


def test_a_merge_and_a_review_together_are_two(make: MakeProposer) -> None:
    p, hop = asked(make, ", required: 2")
    p.fake.approve_by("bob")
    p.fake.merge_by("alice-acme")

    entry = p.look(hop).entry

    assert entry
    assert entry.reason == ""
    assert [each.by for each in approvals(p)] == ["bob", "alice-acme"]


def test_the_request_says_how_it_is_approved_and_who_s_approval_lapsed(make: MakeProposer) -> None:
    p, hop = asked(make, ", required: 2")
    assert "An approving review of the present head is one" in p.fake.request().body
    p.fake.approve_by("bob")
    heed(p, hop)
    p.world.set_release("dev", "v1.0.5")

    with pytest.raises(Exception, match="has changed"):
        p.propose(p.hop("v1.1.0"))

    assert "the approval of bob counts no longer" in p.fake.request().comments[-1]


def test_who_attends_a_request_heeds_the_forge_and_knows_when_to_look_again(make: MakeProposer) -> None:
    p, hop = asked(make, ", remind: 4h")
    (request,) = open_requests(p.workspace)
    digest = request.digest or ""

    first = attend(p.workspace, hop.promotion, digest, POLL)
    assert (first.waits, first.due) == (True, request.at + POLL)
    assert next_attendance(p.workspace, hop.promotion, digest, POLL) == first.due
    p.fake.approve_by("bob")
    granted = attend(p.workspace, hop.promotion, digest, POLL)
    assert (granted.waits, granted.due) == (False, None)
    p.fake.merge_by("bob")
    assert "open no longer" in attend(p.workspace, hop.promotion, digest, POLL).told


def test_a_forge_that_is_away_holds_up_nobody(make: MakeProposer) -> None:
    p, hop = asked(make)
    p.fake.fail_next(503)

    assert heed_reviews(p.workspace, hop.place, hop.promotion)


def test_pending_shows_whose_review_counts(make: MakeProposer) -> None:
    p, hop = asked(make, ", required: 2, expires: 24h, remind: 4h")
    p.fake.approve_by("bob")
    heed(p, hop)

    (shown,) = waiting(p.workspace)

    assert [(one.by, one.proof) for one in shown.answers] == [("bob", "github review")]
    assert shown.wanted == ("alice", "carol")
    assert shown.expires == shown.since + timedelta(hours=24)
    assert shown.next_reminder == shown.since + timedelta(hours=4)

"""Pull requests between branches, of several applications, with approvals; and what the commit says in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from promontory.promotion.approving import answer, request_approval
from promontory.promotion.asking_back import branch_of as revert_branch_of
from promontory.promotion.revert_requests import settle_revert
from promontory.promotion.reverting import revert
from promontory.promotion.statuses import set_status
from promontory.promotion.withdrawing import tidy, withdraw_all_of
from promontory.promotion.workspace import acting_as
from tests.forges.fake_github import FakeGitHub
from tests.promotion.branches import PIPELINE, Branches
from tests.promotion.forges import WAIT, MakeProposer, Proposer, branches, green, join

# --- other strategies, several applications, approvals ---


@pytest.mark.parametrize("person", ["alice", ""], ids=["merged by a person", "merged by Promontory"])
def test_between_branches_the_merge_of_the_request_is_the_promotion(
    tmp_path: Path, httpserver: HTTPServer, person: str
) -> None:
    pipeline = PIPELINE.replace("    after: dev\n", "    after: dev\n    deliver: pull-request\n")
    branched = Branches.create(tmp_path, {"web-app": ""}, pipeline)
    branched.release("v1.1.0")
    branched.promote("v1.1.0", "dev")
    p = Proposer(branched.world, join(branched.world.origin, FakeGitHub(httpserver)))
    hop = p.hop("v1.1.0", "staging")
    p.propose(hop)
    assert branched.running("staging") != "v1.1.0"
    if person:
        p.fake.merge_by(person)
    green(p)

    state = p.look(hop)

    assert state.status == "merged"
    assert branched.running("staging") == "v1.1.0"
    assert "web-app:v1.1.0" in branched.show("staging")
    assert state.entry
    asked = revert(p.workspace, hop, state.entry, "it is broken")
    assert asked
    if person:
        p.fake.created(revert_branch_of(hop), "staging", "Revert", "")
        p.fake.merge_by(person)
    assert settle_revert(p.workspace, asked).status == "merged"
    assert "web-app:v1.0.0" in branched.show("staging")
    assert branched.running("staging") != "v1.1.0"


def test_several_applications_go_through_one_request_together(make: MakeProposer) -> None:
    p = make(applications=("web-app", "api"))
    hop = p.hop("v1.1.0", api="v2.0.0")
    p.propose(hop)
    assert p.fake.request().title == "Promote web-app v1.1.0 and api v2.0.0 to dev"
    green(p)

    assert p.look(hop).status == "merged"

    for application, release in (("web-app", "v1.1.0"), ("api", "v2.0.0")):
        assert p.world.release("dev", application) == release
        entry = p.world.entries("dev", application)[-1]
        assert (entry.kind, entry.release, entry.members) == ("pushed", release, 2)


def test_one_of_several_that_is_promoted_alone_supersedes_all_of_them(make: MakeProposer) -> None:
    p = make(applications=("web-app", "api"))
    p.propose(p.hop("v1.1.0", api="v2.0.0"))
    other = Proposer(p.world, p.fake, run="run-2")

    other.propose(other.hop("v1.2.0"))

    assert [request.state for request in p.fake.requests] == ["closed", "open"]
    assert p.world.kinds("dev", "api")[-1] == "superseded"


APPROVED = "{kind: pull-request}\n    approval: {required: 1}"


def test_it_is_not_merged_before_it_is_approved(make: MakeProposer) -> None:
    p = make(APPROVED)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    plan = p.plan(hop)
    request_approval(p.workspace, hop, plan, (), ())
    green(p)
    p.fake.approve_by("alice")

    assert "1 more approval wanted" in p.look(hop).reason
    answer(acting_as(p.workspace, "Alice"), hop.promotion, "approved", "", "terminal")
    state = p.look(hop)

    assert state.status == "merged"
    assert "Approved-By: Alice" in p.fake.request().message
    assert state.entry
    assert state.entry.reason == ""


def test_merged_by_a_person_without_the_approval_it_is_recorded_as_that(make: MakeProposer) -> None:
    p = make(APPROVED)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    p.fake.merge_by("bob")

    entry = p.look(hop).entry

    assert entry
    assert entry.reason == (
        "merged by bob on the forge without the approval that the environment wants: 1 more approval wanted"
    )


@pytest.mark.parametrize("path", ["README.md", "apps/web-app/dev/kustomization.yaml"])
def test_what_somebody_has_added_to_the_branch_was_not_approved(make: MakeProposer, path: str) -> None:
    """Whether in another file, or in the very one that was planned."""
    p = make(APPROVED)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    request_approval(p.workspace, hop, p.plan(hop), (), ())
    answer(p.world.workspace("alice", cache="alice"), hop.promotion, "approved", "", "command line")
    p.add_to_branch(hop, path)
    p.fake.merge_by("bob")

    entry = p.look(hop).entry

    assert entry
    assert entry.digest is None
    assert entry.reason == (
        f"merged by bob on the forge with other changes than were proposed: {path}; without the approval that the "
        "environment wants: 1 more approval wanted"
    )


def test_a_refused_approval_closes_the_request(make: MakeProposer) -> None:
    p = make(APPROVED)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    request_approval(p.workspace, hop, p.plan(hop), (), ())
    answer(acting_as(p.workspace, "Bob"), hop.promotion, "rejected", "not on a Friday", "terminal")

    tidy(p.workspace, hop.place)

    assert p.fake.request().state == "closed"
    assert p.fake.request().comments == ["Closed: rejected by Bob: not on a Friday."]
    assert branches(p.world) == []
    assert p.again("v1.1.0")[1].reason == "rejected by Bob: not on a Friday"


def test_what_a_cancelled_run_proposed_is_closed(make: MakeProposer) -> None:
    p = make(WAIT)
    p.propose(p.hop("v1.1.0"))

    withdraw_all_of(p.workspace, "another-run", "cancelled")
    assert p.fake.request().state == "open"
    withdraw_all_of(p.workspace, "run-1", "cancelled")

    assert (p.fake.request().state, p.fake.request().comments) == ("closed", ["Closed: cancelled."])
    assert branches(p.world) == []


def test_what_cannot_be_tidied_up_now_is_tidied_up_by_the_next_run(make: MakeProposer) -> None:
    p = make(WAIT)
    p.propose(p.hop("v1.1.0"))
    p.fake.fail_next(503)

    withdraw_all_of(p.workspace, "run-1", "cancelled")
    assert (p.fake.request().state, len(branches(p.world))) == ("open", 1)
    p.again("v1.1.0")

    assert (p.fake.request().state, branches(p.world)) == ("closed", [])


# --- statuses ---


def test_the_commit_says_what_became_of_it(everywhere: Proposer) -> None:
    commit = everywhere.world.git("rev-parse", "main").strip()

    assert set_status(everywhere.workspace, "dev", commit, "pending", "v1.1.0 is in dev, to be verified")
    assert set_status(everywhere.workspace, "dev", commit, "success", "v1.1.0 is healthy in dev")

    assert list(everywhere.fake.statuses[commit]) == ["promontory/dev"]


def test_a_status_that_cannot_be_set_fails_nothing(make: MakeProposer, caplog: pytest.LogCaptureFixture) -> None:
    p = make()
    p.fake.fail_next(403, {"message": "no"})

    assert not set_status(p.workspace, "dev", "1" * 40, "success", "healthy")
    assert "the status of 1111111 was not set" in caplog.text
    assert not set_status(p.world.workspace(), "dev", "1" * 40, "success", "healthy")

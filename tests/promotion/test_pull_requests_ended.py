"""Pull requests that end without a merge: closed with a comment, their branch deleted, and the ledger says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.entry import PullRequest, Pushed
from promontory.errors import PlanChanged, Superseded, TransientError
from promontory.model import Place
from promontory.promotion import overtaken
from promontory.promotion.approving import request_approval
from promontory.promotion.merging import news, settle
from promontory.promotion.proposing import branch_of
from promontory.promotion.withdrawing import tidy
from tests.promotion.forges import WAIT, MakeProposer, Proposer, branches, green

# --- ends without a merge ---


def test_closed_by_a_person_means_rejected_by_that_person(everywhere: Proposer) -> None:
    everywhere.propose(everywhere.hop("v1.1.0"))
    everywhere.fake.close_by("alice")

    _, state = everywhere.again("v1.1.0")

    assert state.status == "refused"
    assert "was closed by alice" in state.reason
    rejected = everywhere.world.entries("dev")[-1]
    assert (rejected.kind, rejected.by) == ("rejected", "alice")
    assert branches(everywhere.world) == []
    assert everywhere.world.release("dev") == "v1.0.0"
    _, same_run = everywhere.again("v1.1.0")
    assert same_run.status == "refused"
    assert len(everywhere.fake.requests) == 1


def test_red_checks_end_it_with_a_comment(everywhere: Proposer) -> None:
    hop = everywhere.hop("v1.1.0")
    everywhere.propose(hop)
    everywhere.fake.set_checks(everywhere.fake.request().head_sha, ("ci", "failure"))

    state = everywhere.look(hop)

    assert state.status == "refused"
    assert state.reason.startswith("its checks failed: ci: fail")
    request = everywhere.fake.request()
    assert request.state == "closed"
    assert len(request.comments) == 1
    assert "its checks failed" in request.comments[0]
    assert branches(everywhere.world) == []


def test_another_release_supersedes_it(everywhere: Proposer) -> None:
    everywhere.propose(everywhere.hop("v1.1.0"))
    newer = Proposer(everywhere.world, everywhere.fake, run="run-2")
    hop = newer.hop("v1.2.0")

    newer.propose(hop)

    old, new = everywhere.fake.requests
    assert (old.state, new.state) == ("closed", "open")
    assert old.comments == [f"Closed: superseded by v1.2.0 ({hop.promotion})."]
    assert branches(everywhere.world) == [branch_of(hop)]
    assert everywhere.world.kinds("dev").count("superseded") == 1


def test_what_was_superseded_says_so_on_its_commit_and_to_its_run(make: MakeProposer) -> None:
    p = make("{kind: pull-request}\n    approval: {}")
    old = p.hop("v1.1.0")
    p.propose(old)
    plan = p.plan(old)
    request_approval(p.workspace, old, plan, (), ())
    commit = p.fake.request().head_sha
    newer = Proposer(p.world, p.fake, run="run-2")
    hop = newer.hop("v1.2.0")
    newer.propose(hop)

    (end,) = overtaken.settle(newer.workspace, hop)

    assert (end.promotion, end.run, end.commit) == (old.promotion, "run-1", commit)
    (status,) = p.fake.statuses[commit].values()
    assert (status["state"], status["description"]) == ("failure", f"superseded by v1.2.0 ({hop.promotion})")
    with pytest.raises(Superseded):
        settle(p.workspace, old, plan)
    with pytest.raises(Superseded):
        news(p.workspace, old)


def test_a_change_of_the_same_place_ends_it(make: MakeProposer) -> None:
    p = make()
    hop = p.hop("v1.1.0")
    p.propose(hop)
    plan = p.plan(hop)
    green(p)
    p.world.edit("apps/web-app/dev/kustomization.yaml", "namespace: web-app", "namespace: other")

    with pytest.raises(PlanChanged, match=r"somebody else changed apps/web-app/dev/kustomization\.yaml"):
        settle(p.workspace, hop, plan)

    assert p.fake.request().state == "closed"
    assert branches(p.world) == []


def test_its_deadline_ends_it(make: MakeProposer) -> None:
    p = make("{kind: pull-request, merge: wait, deadline: 24h}")
    hop = p.hop("v1.1.0")
    p.propose(hop)
    assert p.look(hop).status == "open"
    p.world.clock.move(timedelta(hours=25))

    state = p.look(hop)

    assert (state.status, state.reason) == ("expired", "it was not merged before 2025-03-02 12:00 UTC")
    assert p.fake.request().state == "closed"


def test_a_branch_that_no_proposal_has_is_not_deleted_whatever_the_ledger_says(make: MakeProposer) -> None:
    everywhere, place = make(), Place("web-app", "dev")
    world = everywhere.world
    for promotion, branch in (("ab12", "production"), ("cd34", "promontory/other/x")):
        world.git("branch", branch, "main")
        pushed = Pushed(ref=branch, before=None, after=world.git("rev-parse", "main").strip())
        asked = PullRequest(base="main")
        proposed = everywhere.workspace.entry("proposed", place, "v1.1.0", promotion, pushed=pushed, pull_request=asked)
        everywhere.workspace.append([proposed, everywhere.workspace.entry("rejected", place, "v1.1.0", promotion)])

    everywhere.workspace.repository.sync()
    tidy(everywhere.workspace, place)

    assert {"production", "promontory/other/x"} <= set(world.git("branch", "--format=%(refname:short)").split())


def test_a_deleted_branch_means_no(everywhere: Proposer) -> None:
    hop = everywhere.hop("v1.1.0")
    everywhere.propose(hop)
    everywhere.world.git("update-ref", "-d", f"refs/heads/{branch_of(hop)}")

    state = everywhere.look(hop)

    assert state.status == "refused"
    assert "deleted its branch" in state.reason


def test_a_merge_that_brought_something_else_is_not_taken_for_the_release(make: MakeProposer) -> None:
    p = make(WAIT)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    p.fake.merge_by("alice")
    p.world.git("update-ref", "refs/heads/main", "main~1")
    p.world.edit("README.md", "GitOps", "Other")
    p.fake.request().merged_sha = p.world.git("rev-parse", "main").strip()

    state = p.look(hop)

    assert state.status == "refused"
    assert "after that web-app in dev does not run its release" in state.reason


def test_a_merge_that_is_not_on_the_branch_yet_is_waited_for(make: MakeProposer) -> None:
    p = make(WAIT)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    p.fake.merge_by("alice")
    p.world.git("update-ref", "refs/heads/main", "main~1")

    with pytest.raises(TransientError, match="is not on main yet"):
        news(p.workspace, hop)


def test_merged_and_replaced_while_nobody_looked(make: MakeProposer) -> None:
    p = make(WAIT)
    p.propose(p.hop("v1.1.0"))
    p.fake.merge_by("alice")
    p.world.set_release("dev", "v2.0.0")

    _, state = p.again("v1.1.0")

    assert state.status == "replaced"
    assert "has moved on to v2.0.0" in state.reason
    assert p.world.kinds("dev")[-1] == "pushed"
    assert p.world.release("dev") == "v2.0.0"

"""A pull request merged in the moment before it is closed: it is that promotion's own change, and no stranger's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest

from promontory.entry import Entry
from promontory.errors import PlanChanged, Superseded
from promontory.promotion import overtaken
from promontory.promotion.approving import answer, request_approval
from promontory.promotion.auditing import audit
from promontory.promotion.delivery import adopt
from promontory.promotion.merged_after_all import heed_merges, heed_merges_now
from promontory.promotion.merging import news, settle
from promontory.promotion.opening import open_pull_request
from promontory.promotion.proposing import is_outdated, propose
from promontory.promotion.reviews import heed_reviews
from promontory.promotion.values import Hop
from promontory.promotion.verification import verify
from tests.forges.fake_gitlab import FakeGitLab
from tests.promotion.forges import WAIT, MakeProposer, Proposer, branches

ASKING = f"{WAIT}\n    approval: {{required: 1, approvers: [alice, bob]}}"


@dataclass
class Race:
    """v1.1.0 was proposed by one run and overtaken by v1.2.0 of another, and nobody has closed its request yet."""

    old: Proposer
    old_hop: Hop
    new: Proposer
    new_hop: Hop

    def came_in(self) -> list[Entry]:
        """What is recorded as pushed of the older one."""
        entries = self.old.world.entries("dev")
        return [entry for entry in entries if entry.kind == "pushed" and entry.promotion == self.old_hop.promotion]

    def settle(self) -> None:
        plan = self.new.plan(self.new_hop) if not is_outdated(self.new.workspace, self.new_hop) else None
        if plan:
            open_pull_request(self.new.workspace, self.new_hop, plan)
        overtaken.settle(self.new.workspace, self.new_hop)


def race(old: Proposer, earlier: str = "v1.1.0", later: str = "v1.2.0") -> Race:
    old_hop = old.hop(earlier)
    old.propose(old_hop)
    new = Proposer(old.world, old.fake, run="run-2")
    new_hop = new.hop(later)
    plan = new.plan(new_hop)
    propose(new.workspace, new_hop, plan)
    return Race(old, old_hop, new, new_hop)


def test_it_is_recorded_as_that_promotion_s_own_push(everywhere: Proposer) -> None:
    r = race(everywhere)
    before = everywhere.world.git("rev-parse", "main").strip()
    merged = everywhere.fake.merge_by("alice", 1)

    r.settle()

    (pushed,) = r.came_in()
    assert pushed.pushed is not None
    assert pushed.pull_request is not None
    assert (pushed.pushed.ref, pushed.pushed.before, pushed.pushed.after) == ("main", before, merged)
    assert (pushed.previous, pushed.pull_request.merged_by, pushed.run) == ("v1.0.0", "alice", "run-1")
    over = f"superseded by v1.2.0 ({r.new_hop.promotion})"
    assert pushed.reason == f"merged by alice on the forge although it was over: {over}"
    record = everywhere.world.record("dev")
    assert record.superseded(r.old_hop.promotion)
    standing = record.standing("v1.1.0")
    assert (standing.condition, standing.entry) == ("deployed", pushed)
    assert [entry.promotion for entry in record.waiting()] == [r.new_hop.promotion], "it overtakes nothing"
    assert audit(r.new.workspace).findings == ()


def test_the_newer_one_is_proposed_anew_on_top_in_the_same_request(make: MakeProposer) -> None:
    p = make(WAIT)
    r = race(p)
    open_pull_request(r.new.workspace, r.new_hop, r.new.plan(r.new_hop))
    old_plan = r.new.plan(r.new_hop)
    p.fake.merge_by("alice", 1)
    r.settle()
    assert is_outdated(r.new.workspace, r.new_hop)
    with pytest.raises(PlanChanged):
        settle(r.new.workspace, r.new_hop, old_plan)
    assert p.fake.request(2).state == "open"

    again = r.new.hop("v1.2.0")
    entry = r.new.propose(again)

    assert again.promotion == r.new_hop.promotion
    assert not is_outdated(r.new.workspace, again)
    assert (entry.previous, entry.pull_request and entry.pull_request.number) == ("v1.1.0", 2)
    assert "v1.1.0" in p.fake.request(2).body
    assert len(p.fake.requests) == 2
    p.fake.merge_by("bob", 2)
    state = news(r.new.workspace, again)
    assert (state.status, state.entry and state.entry.previous) == ("merged", "v1.1.0")
    assert p.world.record("dev").standing("v1.2.0").condition == "deployed"
    assert audit(r.new.workspace).findings == ()


def test_its_own_run_goes_on_to_verify_it_and_nothing_else(make: MakeProposer) -> None:
    r = race(make(ASKING))
    r.old.fake.merge_by("alice", 1)

    r.old.workspace.repository.sync()
    assert not heed_reviews(r.old.workspace, r.old_hop.place, r.old_hop.promotion)
    state = news(r.old.workspace, r.old_hop)

    assert state.status == "merged"
    assert state.entry
    asyncio.run(verify(r.old.workspace, r.old_hop, state.entry))
    assert r.old.world.record("dev").standing("v1.1.0").condition == "verified"
    again = r.old.hop("v1.1.0")
    assert (again.step, again.entry and again.entry.kind) == ("skip", "verdict")


def test_what_was_closed_in_time_stays_superseded(make: MakeProposer) -> None:
    r = race(make(ASKING))

    r.settle()

    assert r.came_in() == []
    assert r.old.fake.request(1).state == "closed"
    with pytest.raises(Superseded):
        news(r.old.workspace, r.old_hop)


def test_once_something_else_is_in_force_it_is_not_verified_any_more(make: MakeProposer) -> None:
    r = race(make(WAIT))
    r.old.fake.merge_by("alice", 1)
    r.settle()
    r.old.world.set_release("dev", "v9.0.0")

    state = news(r.old.workspace, r.old_hop)

    assert (state.status, state.reason) == ("replaced", "v1.1.0 was merged; dev has moved on to v9.0.0")


def test_git_says_enough_where_branch_and_forge_are_gone(make: MakeProposer) -> None:
    """Forges delete a branch with its merge, and processes die before they close anything."""
    r = race(make(WAIT))
    r.old.fake.merge_by("alice", 1)
    r.old.world.git("update-ref", "-d", f"refs/heads/{branches(r.old.world)[0]}")
    third = Proposer(r.old.world, r.old.fake, run="run-3", cache="third")
    alone = replace(third.workspace, connect=None)
    hop = third.hop("v1.1.0")

    heed_merges_now(alone, hop)

    (pushed,) = r.came_in()
    assert adopt(alone, hop) == pushed
    assert pushed.reason.startswith("merged on the forge although it was over: superseded by v1.2.0")


def test_a_squash_whose_message_kept_the_trailers_is_known_without_the_forge(make: MakeProposer) -> None:
    r = race(make(WAIT), "blue", "azure")
    request = r.old.fake.request(1)
    request.method, request.message = "squash", r.old.world.git("log", "-1", "--format=%B", request.head_sha)
    request.merged_sha = r.old.fake.do_merge(request)
    r.new.workspace.repository.sync()

    assert heed_merges(replace(r.new.workspace, connect=None), r.new_hop)
    waiting = r.old.world.record("dev").waiting()
    assert [entry.promotion for entry in waiting] == [r.new_hop.promotion], "nor what has no order"


def test_a_squash_whose_message_was_written_anew_is_known_by_the_forge(make: MakeProposer) -> None:
    r = race(make(WAIT, kind=FakeGitLab))
    request = r.old.fake.request(1)
    request.method, request.message = "squash", "Ship it"
    request.merged_sha, request.state, request.merged_by = r.old.fake.do_merge(request), "merged", "alice"
    r.new.workspace.repository.sync()

    assert heed_merges(replace(r.new.workspace, connect=None), r.new_hop) == ()
    assert heed_merges(r.new.workspace, r.new_hop)


def test_who_sets_it_again_after_something_else_is_a_stranger(make: MakeProposer) -> None:
    r = race(make(WAIT))
    r.old.fake.merge_by("alice", 1)
    r.old.world.set_release("dev", "v9.0.0")
    r.old.world.set_release("dev", "v1.1.0")
    r.new.workspace.repository.sync()

    assert heed_merges(r.new.workspace, r.new_hop) == ()


def test_merged_after_a_no_it_is_recorded_as_that(make: MakeProposer) -> None:
    p = make(ASKING)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    request_approval(p.workspace, hop, p.plan(hop), (), ())
    answer(p.world.workspace("bob", cache="bob"), hop.promotion, "rejected", "not on a Friday", "command line")
    p.fake.merge_by("alice", 1)

    state = news(p.workspace, hop)

    assert state.status == "merged"
    assert state.entry
    assert state.entry.reason == "merged by alice on the forge although it was over: not on a Friday"
    assert "approved" not in p.world.kinds("dev")


def test_the_approval_that_is_missing_is_told_too(make: MakeProposer) -> None:
    r = race(make(ASKING))
    r.old.fake.merge_by("carol", 1)

    r.settle()

    (pushed,) = r.came_in()
    assert pushed.reason.startswith("merged by carol on the forge although it was over: superseded by v1.2.0")
    missing = "; without the approval that the environment wants: 1 more approval of alice, bob wanted"
    assert pushed.reason.endswith(missing)


def test_merged_while_no_run_looked_it_is_its_own_as_well(make: MakeProposer) -> None:
    """It is not over for the ledger: then it overtakes as a merge does that its run has seen."""
    p = make(WAIT)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    p.fake.merge_by("alice", 1)
    newer = Proposer(p.world, p.fake, run="run-2")
    newer_hop = newer.hop("v1.2.0")

    (pushed,) = heed_merges_now(newer.workspace, newer_hop)

    assert (pushed.promotion, pushed.reason, pushed.run) == (hop.promotion, "", "run-1")
    newer.propose(newer_hop)
    assert "superseded" not in p.world.kinds("dev"), "what is pushed is not overtaken"


def test_with_a_branch_that_somebody_pushed_to_nothing_is_made_anew(make: MakeProposer) -> None:
    r = race(make(WAIT))
    open_pull_request(r.new.workspace, r.new_hop, r.new.plan(r.new_hop))
    r.old.fake.merge_by("alice", 1)
    r.settle()
    r.old.world.git("update-ref", f"refs/heads/{branches(r.old.world)[-1]}", "main")
    r.new.workspace.repository.sync()

    with pytest.raises(PlanChanged):
        propose(r.new.workspace, r.new_hop, r.new.plan(r.new_hop))

    assert r.old.fake.request(2).state == "closed"


def test_a_train_that_was_merged_is_recorded_for_all_of_it(make: MakeProposer) -> None:
    p = make(WAIT, applications=("web-app", "api"))
    hop = p.hop("v1.1.0", api="v2.1.0")
    p.propose(hop)
    newer = Proposer(p.world, p.fake, run="run-2")
    newer_hop = newer.hop("v1.2.0")
    propose(newer.workspace, newer_hop, newer.plan(newer_hop))
    p.fake.merge_by("alice", 1)

    overtaken.settle(newer.workspace, newer_hop)

    for application in ("web-app", "api"):
        assert p.world.kinds("dev", application)[-1] == "pushed"
    assert audit(newer.workspace).findings == ()

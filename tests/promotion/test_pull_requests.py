"""A promotion by pull request, on each of the three forges: opened once, merged when it may be, verified in Git."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from promontory.errors import PlanChanged, TransientError
from promontory.promotion.merging import news, settle
from promontory.promotion.proposing import branch_of
from promontory.promotion.reverting import revert
from tests.forges.conftest import FAKES
from tests.forges.fake_forge import FakeForge
from tests.forges.fake_github import FakeGitHub
from tests.promotion.conftest import MakeWorld
from tests.promotion.forges import BY_REQUEST, Proposer, join
from tests.promotion.world import World

AUTO = "{kind: pull-request}"
WAIT = "{kind: pull-request, merge: wait}"
MINUTE = timedelta(minutes=1)
MakeProposer = Callable[..., Proposer]


@pytest.fixture
def make(make_world: MakeWorld, httpserver: HTTPServer) -> MakeProposer:
    def make(deliver: str = AUTO, kind: type[FakeForge] = FakeGitHub, **options: object) -> Proposer:
        world = make_world(pipeline=BY_REQUEST.format(deliver=deliver), **options)
        return Proposer(world, join(world.origin, kind(httpserver)))

    return make


@pytest.fixture(params=FAKES, ids=lambda fake: fake.kind)
def everywhere(request: pytest.FixtureRequest, make: MakeProposer) -> Proposer:
    return make(kind=request.param)


def branches(world: World) -> list[str]:
    return world.git("for-each-ref", "--format=%(refname:short)", "refs/heads/promontory/dev").split()


def green(proposer: Proposer) -> None:
    proposer.fake.set_checks(proposer.fake.request().head_sha, ("ci", "success"))


# --- the good way ---


def test_a_request_is_opened_and_merged_with_green_checks(everywhere: Proposer) -> None:
    p, world = everywhere, everywhere.world
    hop = p.hop("v1.1.0")
    p.propose(hop)
    assert (world.release("dev"), branches(world)) == ("v1.0.0", [branch_of(hop)])
    assert p.look(hop).status == "open"
    green(p)

    state = p.look(hop)

    assert state.status == "merged"
    assert world.release("dev") == "v1.1.0"
    assert world.kinds("dev") == ["planned", "proposed", "proposed", "pushed"]
    pushed = world.entries("dev")[-1]
    assert state.entry
    assert pushed.pushed == state.entry.pushed
    assert pushed.commit == world.git("rev-parse", "main").strip()
    assert pushed.pull_request
    assert (pushed.pull_request.number, pushed.pull_request.merged_by) == (1, p.fake.account)
    assert branches(world) == []


def test_the_body_is_the_plan(everywhere: Proposer) -> None:
    hop = everywhere.hop("v1.1.0")

    entry = everywhere.propose(hop)

    request = everywhere.fake.request()
    assert request.title == "Promote web-app v1.1.0 to dev"
    for part in ("| web-app | v1.0.0 | v1.1.0 |", "+    newTag: v1.1.0", f"`{entry.digest}`", "| hold | open |"):
        assert part in request.body
    assert "(https://prefect.example/run-1)" in request.body


def test_the_merge_says_what_moved(make: MakeProposer) -> None:
    p = make("{kind: pull-request, method: squash, labels: [promotion], reviewers: [alice]}")
    hop = p.hop("v1.1.0")
    p.propose(hop)
    green(p)

    p.look(hop)

    assert p.fake.request().method == "squash"
    assert p.fake.request().labels == ["promotion"]
    assert p.fake.request().asked == ["alice"]
    message = p.world.git("log", "-1", "--format=%B", "main")
    assert message.startswith("Promote web-app v1.1.0 to dev\n")
    assert f"Promotion-Id: {hop.promotion}" in message


def test_a_run_that_starts_again_opens_nothing_twice(everywhere: Proposer) -> None:
    first = everywhere.propose(everywhere.hop("v1.1.0"))
    other = Proposer(everywhere.world, everywhere.fake, run="run-2", cache="other-machine")

    again = other.propose(other.hop("v1.1.0"))

    assert again.pull_request == first.pull_request
    assert len(everywhere.fake.requests) == 1
    assert everywhere.world.kinds("dev") == ["planned", "proposed", "proposed"]


def test_who_merged_and_who_approved_there_goes_into_the_ledger(everywhere: Proposer) -> None:
    everywhere.propose(everywhere.hop("v1.1.0"))
    everywhere.fake.approve_by("bob")
    everywhere.fake.merge_by("alice")

    _, state = everywhere.again("v1.1.0")

    assert state.status == "merged"
    assert state.entry
    assert state.entry.pull_request
    assert (state.entry.pull_request.merged_by, state.entry.pull_request.approved_by) == ("alice", ("bob",))
    assert everywhere.world.record("dev").standing("v1.1.0").condition == "deployed"
    assert branches(everywhere.world) == []


def test_what_came_by_request_is_reverted_by_a_push(everywhere: Proposer) -> None:
    hop = everywhere.hop("v6.6.6")
    everywhere.propose(hop)
    everywhere.fake.merge_by("alice")
    pushed = everywhere.look(hop).entry
    assert pushed

    reverted = revert(everywhere.workspace, hop, pushed, "it is broken")

    assert reverted
    assert everywhere.world.release("dev") == "v1.0.0"
    assert len(everywhere.fake.requests) == 1
    assert everywhere.world.kinds("dev")[-2:] == ["held", "reverted"]


# --- waiting ---


def test_it_waits_while_checks_run_and_until_some_could_have_appeared(make: MakeProposer) -> None:
    p = make()
    hop = p.hop("v1.1.0")
    p.propose(hop)

    assert "waits for checks to appear" in p.look(hop).reason
    p.fake.set_checks(p.fake.request().head_sha, ("ci", "pending", "runs"))
    p.world.clock.move(MINUTE)
    assert "waits for its checks: ci: " in p.look(hop).reason
    p.fake.set_checks(p.fake.request().head_sha)
    assert p.look(hop).status == "merged"


def test_it_is_left_to_people_where_the_configuration_says_so(make: MakeProposer) -> None:
    p = make(WAIT)
    hop = p.hop("v1.1.0")
    p.propose(hop)
    green(p)
    p.world.clock.move(MINUTE)

    assert p.look(hop).status == "open"
    p.fake.merge_by("alice")
    assert p.look(hop).status == "merged"


def test_a_hold_that_comes_meanwhile_keeps_it_from_being_merged(make: MakeProposer) -> None:
    p = make()
    hop = p.hop("v1.1.0")
    p.propose(hop)
    green(p)
    held = p.workspace.entry("held", hop.place, "v1.1.0", "0123456789ab", reason="too hot")
    p.workspace.append([held])

    state = p.look(hop)

    assert (state.status, p.fake.request().state) == ("open", "open")
    assert "too hot" in state.reason


def test_a_commit_of_somebody_else_on_the_branch_is_not_merged(make: MakeProposer) -> None:
    p = make()
    hop = p.hop("v1.1.0")
    p.propose(hop)
    green(p)
    tree = p.world.git("rev-parse", f"{branch_of(hop)}^{{tree}}").strip()
    person = ("-c", "user.name=p", "-c", "user.email=p")
    commit = p.world.git(*person, "commit-tree", tree, "-p", branch_of(hop), "-m", "More").strip()
    p.world.git("update-ref", f"refs/heads/{branch_of(hop)}", commit)

    state = p.look(hop)

    assert (state.status, p.fake.request().state) == ("open", "open")
    assert "somebody else pushed to its branch" in state.reason


def test_a_forge_that_cannot_be_reached_is_asked_again_later(make: MakeProposer) -> None:
    p = make()
    hop = p.hop("v1.1.0")
    p.propose(hop)
    plan = p.plan(hop)
    p.fake.fail_next(429, {}, Retry_After="40")

    state = settle(p.workspace, hop, plan)

    assert (state.status, state.retry_after) == ("open", 40)
    assert "does not want to be asked so often" in state.reason


def test_blocked_by_the_forge_it_stays_open_and_is_brought_up_to_date(everywhere: Proposer) -> None:
    p = everywhere
    hop = p.hop("v1.1.0")
    first = p.propose(hop)
    green(p)
    p.fake.request().blocked = "the branch is behind"
    p.world.edit("README.md", "GitOps", "GitOps!")

    assert p.look(hop).status == "open"

    entry = p.world.entries("dev")[-1]
    assert entry.pushed
    assert first.pushed
    assert entry.pushed.before == p.world.git("rev-parse", "main").strip() != first.pushed.before
    assert p.world.git("rev-parse", branch_of(hop)).strip() == entry.commit != first.commit
    assert entry.pull_request == first.pull_request
    p.fake.request().blocked = ""

    p.fake.set_checks(p.world.git("rev-parse", branch_of(hop)).strip(), ("ci", "success"))
    assert p.look(hop).status == "merged"
    assert p.world.read("dev").count("v1.1.0") == 1


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

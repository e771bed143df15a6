"""A promotion by pull request, on each of the three forges: opened once, merged when it may be, verified in Git."""

from __future__ import annotations

from promontory.promotion.merging import settle
from promontory.promotion.proposing import branch_of
from tests.promotion.forges import MINUTE, WAIT, MakeProposer, Proposer, branches, green

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

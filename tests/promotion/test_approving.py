"""Asking for approvals and recording the answers, on the ledger of a real repository."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from promontory.approvals import ApprovalState
from promontory.approvals.refusing import Decision
from promontory.entry import Entry
from promontory.errors import NotAllowed, UsageError
from promontory.model import Plan, SuiteResult
from promontory.promotion.approving import answer, approval_state, request_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.requests import find_request, open_requests, plan_of
from promontory.promotion.values import Hop
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World

PASSED = (SuiteResult(name="fake", passed=True),)
PIPELINE = """\
environments:
  production:
    approval: {required: 2, approvers: [alice, bob, carol], expires: 24h}
    verify: [{kind: fake}]
"""


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(pipeline=PIPELINE)


def ask(hops: Hops, release: str = "v1.1.0") -> tuple[Hop, Plan, ApprovalState]:
    hop = hops.hop(release, "production")
    plan, gates = plan_hop(hops.workspace, hop)
    return hop, plan, request_approval(hops.workspace, hop, plan, gates, PASSED)


def say(world: World, who: str, hop: Hop, decision: Decision = "approved", note: str = "") -> Entry:
    return answer(world.workspace(who, cache=f"laptop-{who}"), hop.promotion, decision, note, "command line")


def test_asking_records_the_plan_the_tests_and_the_request(world: World, hops: Hops) -> None:
    hop, plan, state = ask(hops)

    assert (state.status, state.missing) == ("waiting", 2)
    tested, planned, requested = world.entries("production")
    assert (tested.kind, planned.kind, requested.kind) == ("tested", "planned", "requested")
    assert tested.suites == PASSED
    assert planned.plan == plan
    assert requested.digest == plan.digest
    assert plan_of(hops.workspace, requested) == plan
    assert [entry.promotion for entry in open_requests(hops.workspace)] == [hop.promotion]


def test_asked_twice_it_is_recorded_once(world: World, hops: Hops) -> None:
    ask(hops)
    ask(hops)

    assert world.kinds("production").count("requested") == 1


def test_two_approvals_given_elsewhere_let_it_through(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)

    say(world, "alice", hop)
    say(world, "bob", hop, note="fine")
    state = approval_state(hops.workspace, hop, plan)
    deliver(hops.workspace, hop, plan, PASSED)

    assert (state.status, state.by) == ("granted", ("alice", "bob"))
    assert "Approved-By: alice, bob" in world.git("log", "-1", "--format=%B", "main")
    assert world.kinds("production") == ["tested", "planned", "requested", "approved", "approved", "pushed"]
    assert world.entries("production")[-2].proof == "command line"


def test_one_person_who_answers_twice_counts_once(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)

    say(world, "alice", hop)
    for again in ("alice", "Alice"):
        with pytest.raises(NotAllowed, match=f"^{again} has approved this already.*one person counts once"):
            say(world, again, hop)

    assert approval_state(hops.workspace, hop, plan).status == "waiting"
    assert world.kinds("production").count("approved") == 1


def test_two_approvers_who_answer_at_once_are_both_heard(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: say(world, who, hop), ["alice", "bob"]))

    assert approval_state(hops.workspace, hop, plan).by in (("alice", "bob"), ("bob", "alice"))


def test_nothing_is_pushed_without_the_approvals(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)
    say(world, "alice", hop)
    hops.workspace.repository.sync()

    with pytest.raises(NotAllowed, match="1 more approval of alice, bob, carol wanted"):
        deliver(hops.workspace, hop, plan)

    assert world.commits() == []


def test_a_rejection_that_came_after_the_approvals_stops_the_push(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)
    say(world, "alice", hop)
    say(world, "bob", hop)
    assert approval_state(hops.workspace, hop, plan).status == "granted"
    say(world, "carol", hop, "rejected", "the lights are out")

    with pytest.raises(NotAllowed, match="rejected by carol: the lights are out"):
        deliver(hops.workspace, hop, plan)

    assert world.commits() == []


def test_who_is_not_an_approver_is_told_who_is(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)

    with pytest.raises(NotAllowed, match="mallory is not among the approvers of production: alice, bob, carol"):
        say(world, "mallory", hop)

    assert "approved" not in world.kinds("production")


def test_approvals_lapse_when_what_would_be_pushed_changes(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)
    say(world, "alice", hop)
    say(world, "bob", hop)
    world.set_release("production", "v1.0.5")

    again, plan, state = ask(hops)

    assert again.promotion == hop.promotion
    assert (state.status, state.missing) == ("waiting", 2)
    assert "has changed" in world.entries("production")[-1].reason
    say(world, "alice", hop)
    say(world, "carol", hop)
    assert approval_state(hops.workspace, hop, plan).by == ("alice", "carol")


def test_an_unrelated_commit_leaves_the_approvals_good(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)
    say(world, "alice", hop)
    say(world, "bob", hop)
    world.edit("README.md", "GitOps", "Our GitOps")

    _, plan, state = ask(hops)

    assert state.status == "granted"
    deliver(hops.workspace, hop, plan)
    assert world.release("production") == "v1.1.0"


def test_an_expired_request_is_recorded_and_the_next_run_asks_anew(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)
    say(world, "alice", hop)
    world.clock.move(timedelta(hours=25))

    state = approval_state(hops.workspace, hop, plan)
    again, _, anew = ask(Hops(hops.workspace, "run-2"))

    assert state.status == "expired"
    assert world.entries("production")[4].kind == "rejected"
    assert again.promotion != hop.promotion
    assert (anew.status, anew.missing) == ("waiting", 2)


def test_an_answer_that_comes_too_late_is_refused(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)
    world.clock.move(timedelta(hours=25))

    with pytest.raises(NotAllowed, match="expired"):
        say(world, "alice", hop)

    assert "approved" not in world.kinds("production")


def test_after_a_rejection_the_request_is_closed_and_the_next_is_another(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)
    say(world, "bob", hop, "rejected", "not on a Friday")

    state = approval_state(hops.workspace, hop, plan)
    again, _, _ = ask(Hops(hops.workspace, "run-2"))

    assert (state.status, state.reason) == ("rejected", "rejected by bob: not on a Friday")
    assert again.promotion != hop.promotion
    with pytest.raises(NotAllowed, match="waits for no approval any more: rejected by bob: not on a Friday"):
        say(world, "alice", hop)


def test_a_run_that_slept_through_its_rejection_learns_of_it(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)
    say(world, "bob", hop, "rejected", "not on a Friday")

    again, _, state = ask(Hops(world.workspace(cache="woken-up")))

    assert again.promotion == hop.promotion
    assert state.status == "rejected"
    assert world.kinds("production").count("requested") == 1


def test_a_request_is_found_by_the_beginning_of_its_id(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)

    assert find_request(hops.workspace, hop.promotion[:6]).promotion == hop.promotion
    for unknown in ("", "nothing"):
        with pytest.raises(UsageError, match="no approval is waiting with the id"):
            find_request(hops.workspace, unknown)


def test_an_environment_without_a_rule_needs_nobody(make_world: MakeWorld) -> None:
    hops = Hops(make_world().workspace())
    hop = hops.hop("v1.1.0", "dev")

    assert approval_state(hops.workspace, hop, hops.plan(hop)).status == "granted"


# --- time ---

REMINDING = PIPELINE.replace("expires: 24h", "expires: 24h, remind: 4h")


def test_whoever_looks_reminds_once_in_each_interval(make_world: MakeWorld) -> None:
    world = make_world(pipeline=REMINDING)
    hop, plan, _ = ask(Hops(world.workspace()))
    lookers = [world.workspace(cache=f"looker-{number}") for number in range(4)]

    for _ in range(2):
        world.clock.move(timedelta(hours=4, minutes=1))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda looker: approval_state(looker, hop, plan), lookers))

    reminders = [entry for entry in world.entries("production") if entry.kind == "reminded"]
    assert [entry.reason for entry in reminders] == ["2 more approvals of alice, bob, carol wanted"] * 2
    assert {entry.digest for entry in reminders} == {plan.digest}


def test_an_expiry_is_recorded_once_and_the_run_that_is_woken_learns_of_it(world: World, hops: Hops) -> None:
    hop, plan, _ = ask(hops)
    world.clock.move(timedelta(hours=25))
    lookers = [world.workspace(cache=f"looker-{number}") for number in range(3)]

    with ThreadPoolExecutor(3) as pool:
        states = list(pool.map(lambda looker: approval_state(looker, hop, plan), lookers))
    _, _, woken = ask(Hops(world.workspace(cache="woken")))

    assert {state.status for state in (*states, woken)} == {"expired"}
    assert "nobody answered before" in woken.reason
    assert world.kinds("production").count("rejected") == 1


def test_a_new_request_names_those_whose_approval_lapsed(world: World, hops: Hops) -> None:
    hop, _, _ = ask(hops)
    say(world, "alice", hop)
    world.set_release("production", "v1.0.5")

    _, _, state = ask(hops)

    assert state.lapsed == ("alice",)
    told = "what would be pushed has changed; the approval of alice counts no longer"
    assert world.entries("production")[-1].reason == told


@pytest.mark.parametrize("note", ["", "  \n "])
def test_a_no_without_a_reason_is_not_recorded(world: World, hops: Hops, note: str) -> None:
    hop, _, _ = ask(hops)

    with pytest.raises(UsageError, match="a rejection needs a reason"):
        say(world, "bob", hop, "rejected", note)

    assert "rejected" not in world.kinds("production")

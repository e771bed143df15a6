"""Breaking the glass: what it passes, what it does not pass, who may, and how loud it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from promontory.approvals import in_force, rule_of
from promontory.entry import Entry
from promontory.errors import NotAllowed, PlanChanged, UsageError
from promontory.model import Place
from promontory.promotion.approving import request_approval
from promontory.promotion.breaking_glass import emergency, through_glass, wants_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.promotion.waiting import waiting
from promontory.promotion.workspace import Actor
from tests.promotion.conftest import MakeWorld
from tests.promotion.forges import MakeProposer, green
from tests.promotion.world import PIPELINE, Hops, World, create_world

WHY = "production is down"
SIGNED = PIPELINE.replace("approval: {required: 1}", "approval: {required: 2, signed: true, exclude_requester: true}")


def with_rule(rule: str, pipeline: str = PIPELINE) -> str:
    return pipeline.replace("  production:\n", f"  production:\n    {rule}\n")


def glass(hops: Hops, release: str = "v1.1.0", environment: str = "production", **also: str) -> Hop:
    """The hop of a run that breaks the glass of the environment."""
    hops.workspace.repository.sync()
    waves = survey(hops.workspace, "web-app", release, environment, hops.run, also)
    ((hop,),) = through_glass(waves, environment, WHY)
    return hop


def push(hops: Hops, hop: Hop) -> Entry:
    return deliver(hops.workspace, hop, plan_hop(hops.workspace, hop)[0])


def broken(world: World, environment: str = "production", application: str = "web-app") -> Entry:
    (entry,) = [each for each in world.entries(environment, application) if each.kind == "bypassed"]
    return entry


def test_it_passes_closed_gates_and_missing_approvals_in_one_loud_push(world: World, hops: Hops) -> None:
    hops.append("held", "production", "v1.1.0", reason="it leaks")

    hop = glass(hops)
    assert not wants_approval(hops.workspace, hop)
    push(hops, hop)

    assert world.release("production") == "v1.1.0"
    entry = broken(world)
    assert (entry.by, entry.reason) == ("ci", WHY)
    assert {gate.gate for gate in entry.gates} == {"hold", "provenance", "approval"}
    assert all(gate.reason and not gate.open for gate in entry.gates)
    assert world.kinds("production") == ["held", "bypassed", "planned", "pushed"]
    message = world.git("log", "-1", "--format=%B", "main")
    assert f"Break-Glass: ci: {WHY}\n" in message
    assert "Bypassed-Gates: hold, provenance, approval\n" in message


def test_where_nothing_is_passed_nothing_is_broken(world: World, hops: Hops) -> None:
    push(hops, glass(hops, environment="dev"))

    assert world.kinds("dev") == ["planned", "pushed"]
    assert "Break-Glass" not in world.git("log", "-1", "--format=%B", "main")


def test_without_it_the_gates_stay_closed(world: World, hops: Hops) -> None:
    with pytest.raises(NotAllowed, match="provenance"):
        push(hops, hops.hop("v1.1.0", "production"))
    assert world.commits() == []


def test_it_goes_straight_into_one_environment(hops: Hops) -> None:
    waves = survey(hops.workspace, "web-app", "v1.1.0", "production", hops.run)

    assert through_glass(waves, "production", "") == waves
    assert [hop.environment for wave in through_glass(waves, "production", WHY) for hop in wave] == ["production"]


def test_it_does_not_pass_a_plan_that_has_changed(world: World, hops: Hops) -> None:
    hop = glass(hops)
    plan = plan_hop(hops.workspace, hop)[0]
    world.set_release("production", "v0.9.0")
    hops.workspace.repository.sync()

    with pytest.raises(PlanChanged):
        deliver(hops.workspace, hop, plan)


def test_an_unhealthy_release_goes_back_all_the_same(world: World, hops: Hops) -> None:
    hop = glass(hops, "v7.7.7", "staging")
    hops.finish(hop.model_copy(update={"entry": push(hops, hop)}))

    assert world.kinds("staging")[-3:] == ["held", "reverted", "verdict"]


@pytest.mark.parametrize(
    ("rule", "by", "why"),
    [
        ("break_glass: false", "alice", "nobody may break the glass of production"),
        (
            "break_glass: [bob@acme.example]",
            "alice",
            "alice may not break the glass of production: bob@acme.example may",
        ),
    ],
)
def test_who_may_is_said_before_any_test_runs(make_world: MakeWorld, rule: str, by: str, why: str) -> None:
    world = make_world(pipeline=with_rule(rule))
    hops = Hops(world.workspace(by))

    with pytest.raises(NotAllowed, match=why):
        plan_hop(hops.workspace, glass(hops))
    with pytest.raises(NotAllowed, match=why):
        deliver(hops.workspace, glass(hops), hops.plan(hops.hop("v1.1.0", "production")))
    assert world.commits() == []


def test_whoever_is_named_may_under_any_of_their_names(make_world: MakeWorld) -> None:
    world = make_world(pipeline=with_rule("break_glass: [bob@acme.example]"))
    hops = Hops(world.workspace("Bob Builder <BOB@acme.example>"))

    push(hops, glass(hops))

    assert broken(world).by == "Bob Builder <BOB@acme.example>"


def test_no_schedule_breaks_it(world: World, hops: Hops) -> None:
    hops.workspace = replace(hops.workspace, actor=Actor("nightly", "run-1", automatic=True))

    with pytest.raises(NotAllowed, match="for people, not for schedules"):
        push(hops, glass(hops))


def test_signed_approvals_are_not_passed_where_nobody_is_named(make_world: MakeWorld) -> None:
    world = make_world(pipeline=SIGNED)
    hops = Hops(world.workspace())

    with pytest.raises(NotAllowed, match="approvals of production are signed, and no break_glass: says"):
        push(hops, glass(hops))


def test_signed_approvals_become_one_by_somebody_who_is_named(make_world: MakeWorld) -> None:
    world = make_world(pipeline=with_rule("break_glass: [bob@acme.example]", SIGNED))
    hops = Hops(world.workspace("alice"))
    hop = glass(hops)
    plan, states = plan_hop(hops.workspace, hop)
    assert wants_approval(hops.workspace, hop)

    with pytest.raises(NotAllowed, match="approval"):
        deliver(hops.workspace, hop, plan)
    request_approval(hops.workspace, hop, plan, states, ())

    (asked,) = waiting(hops.workspace)
    assert (asked.required, asked.approvers) == (1, ("bob@acme.example",))
    request = world.entries("production")[-1]
    assert request.break_glass == WHY
    rule = rule_of(world.config, "production")
    assert rule
    under = in_force(rule, request)
    assert (under.required, under.signed, under.exclude_requester) == (1, True, False)
    assert in_force(rule, request.model_copy(update={"break_glass": ""})) == rule
    assert in_force(replace(rule, glass=()), request).required == 2


def test_asking_with_the_glass_asks_anew_where_it_was_asked_for_without(make_world: MakeWorld) -> None:
    world = make_world(pipeline=with_rule("break_glass: [bob@acme.example]", SIGNED))
    hops = Hops(world.workspace("alice"))
    hops.promote_through("v1.1.0", "dev", "staging")
    for hop in (hops.hop("v1.1.0", "production"), glass(hops), glass(hops)):
        plan, states = plan_hop(hops.workspace, hop)
        request_approval(hops.workspace, hop, plan, states, ())

    assert [entry.break_glass for entry in world.entries("production") if entry.kind == "requested"] == ["", WHY]


def test_of_several_applications_each_has_its_own_gates_in_its_entry(tmp_path: Path) -> None:
    world = create_world(tmp_path, ("web-app", "api"))
    hops = Hops(world.workspace())
    hops.append("held", "production", "v1.2.0", application="api")

    push(hops, glass(hops, api="v1.2.0"))

    assert "hold" not in [gate.gate for gate in broken(world).gates]
    assert "hold" in [gate.gate for gate in broken(world, application="api").gates]
    world.close()


@pytest.mark.parametrize(
    ("to", "by", "reason", "why"),
    [
        ("all", "alice", WHY, "for one environment"),
        ("production", "", WHY, "without a name"),
        ("production", "alice", " \u200b\n", "without a reason"),
        ("production", "alice", "x" * 10_000, "longer than"),
    ],
)
def test_it_needs_an_environment_a_name_and_a_reason(to: str, by: str, reason: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        emergency(to, by, reason)


def test_a_reason_is_one_line_that_can_be_read() -> None:
    assert emergency("production", "alice", "down\nBreak-Glass: \x1b[31mno") == "down Break-Glass: [31mno"


def test_a_pull_request_says_it_and_it_is_recorded_once_with_its_branch(make: MakeProposer) -> None:
    proposer = make()
    world, workspace = proposer.world, proposer.workspace
    workspace.append([workspace.entry("held", Place("web-app", "dev"), "v1.1.0", "0123456789ab", reason="it leaks")])
    hop = proposer.hop("v1.1.0").model_copy(update={"break_glass": WHY})

    proposer.propose(hop)
    assert f"The glass was broken by ci: {WHY}. Passed although closed: hold." in proposer.fake.request().body
    assert world.kinds("dev") == ["held", "bypassed", "planned", "proposed", "proposed"]
    green(proposer)

    assert proposer.look(hop).status == "merged"
    assert world.kinds("dev").count("bypassed") == 1
    assert "Bypassed-Gates: hold\n" in world.git("log", "-1", "--format=%B", "main")


def test_what_closes_while_the_pull_request_is_open_is_recorded_before_the_merge(make: MakeProposer) -> None:
    proposer = make()
    world, workspace = proposer.world, proposer.workspace
    hop = proposer.hop("v1.1.0").model_copy(update={"break_glass": WHY})
    proposer.propose(hop)
    workspace.append([workspace.entry("held", Place("web-app", "dev"), "v1.1.0", "0123456789ab", reason="it leaks")])
    green(proposer)

    assert proposer.look(hop).status == "merged"

    assert world.kinds("dev") == ["planned", "proposed", "proposed", "held", "bypassed", "pushed"]

"""What other gates and rules say shows up in an explanation by itself, as they say it."""

from __future__ import annotations

from datetime import timedelta

from promontory.clock import moment
from promontory.promotion.approving import request_approval
from promontory.promotion.at_gates import wait_at_gates
from promontory.promotion.delivery import plan_hop
from promontory.promotion.explaining.explain import concluded
from promontory.promotion.explaining.live import Live
from promontory.promotion.explaining.report import explanation_report
from promontory.promotion.explaining.values import RunState
from promontory.promotion.explaining.wording import about_gate
from promontory.promotion.planning import closed
from tests.promotion.conftest import MakeWorld
from tests.promotion.explaining.asking import asked, commands, states
from tests.promotion.signed import FILE, SignedWorld, pipeline
from tests.promotion.test_breaking_glass import WHY, glass, push
from tests.promotion.test_superseding import ASKING, ask, run_of, wait
from tests.promotion.world import Hops, World

NIGHTS = """\
environments:
  dev: {verify: [{kind: fake}]}
  production:
    after: dev
    windows: [{kind: allow, schedule: "0 2 * * *", duration: 1h}]
    verify: [{kind: fake}]
"""


def test_a_window_says_when_it_opens_and_a_run_that_waits_for_it_goes_on_by_itself(make_world: MakeWorld) -> None:
    world = make_world(pipeline=NIGHTS)
    Hops(world.workspace()).promote("v1.1.0", "dev")
    opens = world.clock.now() + timedelta(hours=14)

    before = asked(world, "production")
    hops = Hops(world.workspace(), "run-2")
    hop = hops.hop("v1.1.0", "production")
    plan, gates = plan_hop(hops.workspace, hop)
    wait_at_gates(hops.workspace, hop, plan, closed(gates))
    after = asked(world, "production")

    assert (before.earliest, before.not_before, before.stage.state) == (None, opens, "absent")
    assert before.needs == ("somebody has to promote it to production",)
    assert (after.earliest, after.needs, after.stage.state) == (opens, (), "waiting")
    assert after.answer.startswith("v1.1.0 is not in production: outside of the window at 02:00 every day, for 1h, UTC")
    assert after.answer.endswith("earliest 2025-03-02 02:00 UTC")
    (window,) = [gate for gate in after.gates if gate.gate == "window"]
    assert about_gate(window, moment).count("opens") == 1
    assert [(step.command, step.why) for step in after.next] == [
        ("promontory promote web-app v1.1.0 --to production", "goes on from there, where its run has ended")
    ]
    under_way = RunState(name="web-app v1.1.0 to production", state="Waiting")
    assert concluded(after.model_copy(update={"runs": (under_way,)}), Live()).next == ()


def test_who_was_overtaken_is_told_by_what(make_world: MakeWorld) -> None:
    world = make_world(pipeline=ASKING)
    ask(run_of(world), "v1.1.0")
    newer = ask(run_of(world), "v1.2.0")

    seen = asked(world, "production", "v1.1.0")

    assert states(seen) == ["superseded"]
    assert "a newer release overtook it: " in seen.answer
    assert "v1.2.0" in seen.answer
    assert asked(world, "production").stage.promotion == newer.promotion


def test_who_has_to_wait_for_its_turn_is_told_after_whom(make_world: MakeWorld) -> None:
    world = make_world(pipeline=ASKING.replace("production: {", "production: {superseded: queue, "))
    wait(run_of(world), "v1.1.0")
    (turn,) = [gate for gate in asked(world, "production", "v1.2.0").gates if gate.gate == "turn"]

    assert (turn.open, turn.waits) == (False, True)
    assert "v1.1.0 is before it" in turn.reason


def test_an_approval_that_has_to_be_signed_says_how(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline())
    SignedWorld(world, {}).write(FILE, b"")
    hop = ask(run_of(world), "v1.1.0")

    seen = asked(world, "production")

    (line,) = [gate for gate in seen.gates if gate.gate == "approval"]
    assert "1 more signed approval of alice@acme.example, bob@acme.example wanted" in line.reason
    assert commands(seen)[0] == f"promontory approve {hop.promotion} --sign"


def test_a_broken_glass_is_told_with_whose_it_was_why_and_past_what(world: World, hops: Hops) -> None:
    hops.append("held", "production", "v1.1.0", reason="it leaks")
    push(hops, glass(hops))

    seen = asked(world, "production", "v1.1.0")

    assert seen.there
    assert seen.in_force.bypassed == f"ci: {WHY} (hold, provenance, approval)"
    assert f"the glass was broken by ci: {WHY}" in explanation_report(seen)


def test_a_glass_that_is_to_be_broken_wants_an_answer_and_nothing_else(make_world: MakeWorld) -> None:
    world = make_world(
        pipeline=pipeline().replace("    approval:", "    break_glass: [alice@acme.example]\n    approval:")
    )
    SignedWorld(world, {}).write(FILE, b"")
    hops = run_of(world)
    hops.append("held", "production", "v1.1.0", reason="it leaks")
    hop = glass(hops)
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, ())

    seen = asked(world, "production", "v1.1.0")

    assert seen.stage.state == "approval"
    assert f"the glass is to be broken, past gates that are closed (hold): {WHY}" in seen.answer
    assert commands(seen) == [
        f"promontory approve {hop.promotion} --sign",
        f"promontory reject {hop.promotion} --reason WHY",
    ]
    assert all("hold" not in need for need in seen.needs)

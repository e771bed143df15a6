"""Gates that open by themselves: what is recorded of the waiting, and that nothing else is decided by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from promontory.gates import GATES, Passage
from promontory.model import GateState, SuiteResult
from promontory.promotion.at_gates import wait_at_gates
from promontory.promotion.candidates import candidates
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.planning import GateClosed, closed, open_by_themselves
from promontory.promotion.survey import survey
from promontory.promotion.values import AtGate, Hop
from promontory.promotion.views import status
from promontory.promotion.waiting import waiting
from tests.promotion.world import Hops, World, create_world

HOUR = timedelta(hours=1)


@dataclass
class Barrier:
    """A gate that says what it is told to; for each application."""

    states: dict[str, GateState] = field(default_factory=dict)

    def close(self, application: str = "web-app", reason: str = "not yet", opens: datetime | None = None) -> None:
        self.states[application] = GateState(gate="barrier", open=False, reason=reason, opens=opens, waits=True)

    def close_for_good(self) -> None:
        self.states["web-app"] = GateState(gate="barrier", open=False, reason="never")

    def open(self) -> None:
        self.states.clear()

    def __call__(self, passage: Passage) -> GateState:
        return self.states.get(passage.place.application, GateState(gate="barrier", open=True))


@pytest.fixture
def barrier(monkeypatch: pytest.MonkeyPatch) -> Barrier:
    gate = Barrier()
    monkeypatch.setitem(GATES, "barrier", gate)  # type: ignore[arg-type]
    return gate


def look(hops: Hops, release: str = "v1.1.0", environment: str = "dev") -> tuple[Hop, AtGate]:
    """As a run does that starts, or starts anew."""
    hops.workspace.repository.sync()
    hop = hops.hop(release, environment)
    plan, states = plan_hop(hops.workspace, hop)
    assert open_by_themselves(closed(states))
    return hop, wait_at_gates(hops.workspace, hop, plan, closed(states))


def test_that_it_waits_is_recorded_once_however_often_it_is_looked_at(
    world: World, hops: Hops, barrier: Barrier
) -> None:
    opens = world.clock.now() + HOUR
    barrier.close(opens=opens)

    first = look(hops)[1]
    world.clock.move(HOUR / 2)
    again = look(hops)[1]

    assert world.kinds("dev") == ["planned", "waiting"]
    entry = world.entries("dev")[-1]
    assert (entry.until, [gate.gate for gate in entry.gates]) == (opens, ["barrier"])
    assert first.until == opens
    assert again.since - first.since < timedelta(milliseconds=1)
    assert first.reason == "barrier: not yet; goes on 2025-03-01 13:00 UTC"


def test_when_it_goes_on_is_not_said_twice(world: World, hops: Hops, barrier: Barrier) -> None:
    barrier.close(reason="opens 2025-03-01 13:00 UTC", opens=world.clock.now() + HOUR)

    assert look(hops)[1].reason == "barrier: opens 2025-03-01 13:00 UTC"


def test_another_reason_or_another_time_is_recorded_anew(world: World, hops: Hops, barrier: Barrier) -> None:
    opens = world.clock.now() + HOUR
    for reason, when in (("a", opens), ("b", opens), ("b", opens + HOUR), ("b", None), ("b", None)):
        barrier.close(reason=reason, opens=when)
        look(hops)

    waits = [entry for entry in world.entries("dev") if entry.kind == "waiting"]
    assert [(entry.reason, entry.until) for entry in waits] == [
        ("barrier: a", opens), ("barrier: b", opens), ("barrier: b", opens + HOUR), ("barrier: b", None)
    ]  # fmt: skip


def test_an_opening_that_has_passed_is_none(world: World, hops: Hops, barrier: Barrier) -> None:
    barrier.close(opens=world.clock.now() - HOUR)

    assert look(hops)[1].until is None


def test_gates_that_open_and_one_that_does_not_are_not_waited_for(hops: Hops, world: World, barrier: Barrier) -> None:
    barrier.close()
    hop = hops.hop("v1.1.0", "staging")

    states = closed(plan_hop(hops.workspace, hop)[1])

    assert len(states) == 2  # it is not verified in dev
    assert not open_by_themselves(states)
    assert world.kinds("staging") == ["planned"]


def test_a_gate_that_closes_before_the_push_says_so(hops: Hops, world: World, barrier: Barrier) -> None:
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    barrier.close()

    with pytest.raises(GateClosed, match="barrier: not yet") as raised:
        deliver(hops.workspace, hop, plan)

    assert open_by_themselves(raised.value.gates)
    assert world.commits() == []


def test_another_run_takes_up_the_promotion_that_waits_and_tests_it(hops: Hops, world: World, barrier: Barrier) -> None:
    barrier.close()
    first = look(hops)[0]

    other = Hops(world.workspace(cache="other"), "run-2")
    hop, _ = look(other)

    assert hop.promotion == first.promotion
    assert hop.suites is None
    assert world.kinds("dev").count("waiting") == 1
    barrier.open()
    other.finish(other.hop("v1.1.0", "dev"))
    assert world.release("dev") == "v1.1.0"


def test_what_waits_is_told_until_it_goes_on(world: World, hops: Hops, barrier: Barrier) -> None:
    opens = world.clock.now() + HOUR
    barrier.close(opens=opens)
    hop, _ = look(hops)

    (told,) = waiting(hops.workspace)
    assert (told.id, told.gates, told.until, told.run) == (hop.promotion, ("barrier",), opens, "run-1")
    assert told.state == "waits at the gate: barrier: not yet; goes on 2025-03-01 13:00 UTC"
    assert status(hops.workspace)[0].pending == f"v1.1.0 {told.state}"

    barrier.open()
    hops.finish(hops.hop("v1.1.0", "dev"))
    assert waiting(hops.workspace) == ()
    assert status(hops.workspace)[0].pending is None


def test_what_is_closed_for_good_by_now_waits_no_longer(hops: Hops, barrier: Barrier) -> None:
    barrier.close()
    look(hops)

    barrier.close_for_good()
    hops.plan(hops.hop("v1.1.0", "dev"))

    assert waiting(hops.workspace) == ()


def test_what_something_else_has_overtaken_is_recorded_anew_where_it_waits_on(
    world: World, hops: Hops, barrier: Barrier
) -> None:
    barrier.close()
    look(hops)
    barrier.open()
    other = Hops(world.workspace(cache="other"), "run-2")
    other.promote("v1.2.0", "dev")

    hops.workspace.repository.sync()
    assert waiting(hops.workspace) == ()
    barrier.close()
    look(Hops(hops.workspace, "run-1"), "v1.3.0")
    assert [one.release for one in waiting(hops.workspace)] == ["v1.3.0"]


def test_applications_that_move_together_wait_as_one(tmp_path: Path, barrier: Barrier) -> None:
    world = create_world(tmp_path, ("web-app", "api"))
    hops = Hops(world.workspace())
    barrier.close("api")
    (hop,) = survey(hops.workspace, "web-app", "v1.1.0", "dev", "run-1", {"api": "v1.1.0"})[0]
    plan, states = plan_hop(hops.workspace, hop)

    for _ in range(2):
        wait_at_gates(hops.workspace, hop, plan, closed(states))

    entries = [world.entries("dev", name)[-1] for name in ("web-app", "api")]
    assert [entry.reason for entry in entries] == ["moves together with api", "barrier: api: not yet"]
    assert [world.kinds("dev", name).count("waiting") for name in ("web-app", "api")] == [1, 1]
    (told,) = waiting(hops.workspace)
    assert (told.application, told.also) == ("api", ("web-app v1.1.0",))
    world.close()


def test_what_waits_is_not_tested_twice(world: World, hops: Hops, barrier: Barrier) -> None:
    hops.promote("v1.1.0", "dev")
    hop = hops.hop("v1.1.0", "staging")
    plan = hops.plan(hop)
    barrier.close()
    suites = (SuiteResult(name="fake", passed=True),)

    wait_at_gates(hops.workspace, hop, plan, [barrier.states["web-app"]], suites)

    assert hops.hop("v1.1.0", "staging").suites == suites


def test_nightly_is_told_when_it_opens(world: World, hops: Hops, barrier: Barrier) -> None:
    hops.promote("v1.1.0", "dev")
    barrier.close(opens=world.clock.now() + HOUR)

    (candidate,) = candidates(hops.workspace, "staging")

    assert candidate.skip == "not yet; it opens 2025-03-01 13:00 UTC"

"""The push: exactly once, only what was planned, only through open gates."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from promontory.errors import NotAllowed, PlanChanged, TransientError
from promontory.promotion.delivery import adopt, deliver, plan_hop
from promontory.promotion.reverting import revert
from tests.promotion.conftest import MakeWorld
from tests.promotion.fakes import HandClock
from tests.promotion.world import LEDGER, Hops, World


def test_pushes_the_release_and_records_it_in_one_push(world: World, hops: Hops) -> None:
    _, entry = hops.push("v1.1.0", "dev")

    assert world.release("dev") == "v1.1.0"
    assert world.commits() == ["Promote web-app v1.1.0 to dev"]
    assert world.kinds("dev") == ["planned", "pushed"]
    assert entry.pushed
    assert entry.pushed.after == world.git("rev-parse", "main").strip()
    assert world.entries("dev")[-1].pushed == entry.pushed


def test_changes_one_value_and_no_other_byte(world: World, hops: Hops) -> None:
    before = world.read("dev")

    hops.push("v1.1.0", "dev")

    assert world.read("dev") == before.replace("v1.0.0", "v1.1.0")
    assert world.git("diff", "--stat", "main~", "main").count("|") == 1


def test_delivered_twice_it_is_pushed_once(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)

    first = deliver(hops.workspace, hop, plan)
    second = deliver(hops.workspace, hop, plan)

    assert second.pushed == first.pushed
    assert len(world.commits()) == 1
    assert world.kinds("dev").count("pushed") == 1


def test_two_machines_with_the_same_promotion_push_once(world: World, hops: Hops) -> None:
    other = world.workspace(cache="other-machine")
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)

    entries = [deliver(workspace, hop, plan) for workspace in (hops.workspace, other)]

    assert entries[0].pushed == entries[1].pushed
    assert len(world.commits()) == 1
    assert world.kinds("dev").count("pushed") == 1


def test_a_push_whose_answer_was_lost_is_recognised(world: World, hops: Hops) -> None:
    world.lose_the_next_answer()
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)

    with pytest.raises(TransientError):
        deliver(hops.workspace, hop, plan)
    entry = deliver(hops.workspace, hop, plan)

    assert entry.pushed
    assert entry.pushed.after == world.git("rev-parse", "main").strip()
    assert len(world.commits()) == 1
    assert world.kinds("dev").count("pushed") == 1


def test_two_runs_that_race_for_one_hop_make_one_commit(world: World, hops: Hops) -> None:
    rival = Hops(world.workspace(cache="rival"), run="run-2")
    mine, theirs = hops.hop("v1.1.0", "dev"), rival.hop("v1.1.0", "dev")
    plans = hops.plan(mine), rival.plan(theirs)

    first = deliver(hops.workspace, mine, plans[0])
    second = deliver(rival.workspace, theirs, plans[1])

    assert mine.promotion != theirs.promotion
    assert second.pushed == first.pushed
    assert len(world.commits()) == 1
    assert world.kinds("dev").count("pushed") == 1


def test_two_runs_that_raced_take_the_one_promotion_back_once(world: World, hops: Hops) -> None:
    rival = Hops(world.workspace(cache="rival"), run="run-2")
    runs = [(each, each.hop("v6.6.6", "dev")) for each in (hops, rival)]
    plans = [each.plan(hop) for each, hop in runs]
    entries = [deliver(each.workspace, hop, plan) for (each, hop), plan in zip(runs, plans, strict=True)]

    reverted = [revert(each.workspace, hop, entry, "bad") for (each, hop), entry in zip(runs, entries, strict=True)]

    assert world.release("dev") == "v1.0.0"
    assert len(world.commits()) == 2
    assert reverted[0]
    assert reverted[1]
    assert reverted[0].pushed == reverted[1].pushed


def test_many_machines_at_once_make_one_commit(world: World) -> None:
    machines = [Hops(world.workspace(cache=f"machine-{number}"), run=f"run-{number}") for number in range(4)]
    surveyed = [(machine, machine.hop("v1.1.0", "dev")) for machine in machines]
    planned = [(machine.workspace, hop, machine.plan(hop)) for machine, hop in surveyed]

    with ThreadPoolExecutor(4) as pool:
        entries = list(pool.map(lambda each: deliver(*each), planned))

    assert len({entry.pushed.after for entry in entries if entry.pushed}) == 1
    assert [entry.kind for entry in entries] == ["pushed"] * 4
    assert len(world.commits()) == 1
    assert world.kinds("dev").count("pushed") == 1


def test_adopting_twice_is_recorded_once(world: World, hops: Hops) -> None:
    world.set_release("dev", "v1.1.0")
    hop = Hops(world.workspace(cache="other")).hop("v1.1.0", "dev")

    first = adopt(hops.workspace, hop)
    second = adopt(hops.workspace, hop)

    assert (first.kind, second.kind) == ("found", "found")
    assert world.kinds("dev") == ["found"]


def test_an_unrelated_commit_before_the_push_changes_nothing(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    world.edit("README.md", "GitOps", "Our GitOps")

    entry = deliver(hops.workspace, hop, plan)

    assert entry.digest == plan.digest
    assert world.commits() == ["Promote web-app v1.1.0 to dev", "Edit by hand"]
    assert "Our GitOps" in world.git("show", "main:README.md")


def test_the_same_line_changed_before_the_push_stops_it(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    world.set_release("dev", "v1.0.9")

    with pytest.raises(PlanChanged, match=r"apps/web-app/dev/kustomization\.yaml"):
        deliver(hops.workspace, hop, plan)

    assert world.release("dev") == "v1.0.9"
    assert world.commits() == ["Edit by hand"]
    assert world.kinds("dev") == []


def test_a_ledger_that_moved_before_the_push_is_no_trouble(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    Hops(world.workspace(cache="other")).append("held", "staging", "v1.1.0", reason="wait")

    deliver(hops.workspace, hop, plan)

    assert world.kinds("dev") == ["planned", "pushed"]
    assert world.kinds("staging") == ["held"]


def test_a_hold_that_came_after_the_plan_stops_the_push(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    Hops(world.workspace("alice", cache="other")).append("held", "dev", "v1.1.0", reason="it leaks")

    with pytest.raises(NotAllowed, match=r"held in dev .* by alice: it leaks") as caught:
        deliver(hops.workspace, hop, plan)

    assert caught.value.remedy == "promontory hold lift web-app dev v1.1.0"
    assert world.commits() == []


def test_a_plan_that_a_gate_stops_is_recorded(world: World, hops: Hops) -> None:
    _, gates = plan_hop(hops.workspace, hops.hop("v1.1.0", "staging"))

    assert [gate.gate for gate in gates if not gate.open] == ["provenance"]
    (entry,) = world.entries("staging")
    assert entry.kind == "planned"
    assert entry.gates == gates
    assert world.commits() == []


def test_nothing_is_lost_when_many_promote_at_once(make_world: MakeWorld) -> None:
    names = tuple(f"app-{number}" for number in range(8))
    world = make_world(applications=names)
    workers = [Hops(world.workspace(cache=f"cache-{name}"), run=name) for name in names]

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda worker: worker.promote("v1.1.0", "dev", worker.run), workers))

    assert [world.release("dev", name) for name in names] == ["v1.1.0"] * len(names)
    assert [world.kinds("dev", name) for name in names] == [["planned", "pushed", "verdict"]] * len(names)
    assert len(world.commits()) == len(names)


def test_nothing_is_lost_when_hops_of_one_run_share_a_workspace(make_world: MakeWorld) -> None:
    names = tuple(f"app-{number}" for number in range(6))
    world = make_world(applications=names)
    hops = Hops(world.workspace())

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: hops.promote("v1.1.0", "dev", name), names))

    assert [world.kinds("dev", name) for name in names] == [["planned", "pushed", "verdict"]] * len(names)


def test_branch_and_ledger_agree_after_every_commit(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v6.6.6", "dev")
    hops.promote("v1.1.0", "staging")

    recorded = [e.pushed.after for e in world.entries() if e.pushed]

    assert sorted(recorded) == sorted(world.git("rev-list", "main").split()[:-1])
    assert world.git("rev-list", "--count", LEDGER).strip() == str(len(world.commits(LEDGER)))


def test_a_hold_that_another_hop_of_the_run_fetched_stops_the_push_too(world: World, hops: Hops) -> None:
    # Hops of one run share a repository: one fetches while another has asked its gates and not pushed yet.
    clock = InterruptingClock(world.clock.now())
    workspace = replace(hops.workspace, clock=clock)
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)

    def hold_and_fetch() -> None:
        Hops(world.workspace(cache="other")).append("held", "dev", "v1.1.0", reason="it leaks")
        workspace.repository.sync()

    clock.interrupt(2, hold_and_fetch)  # the first time is the gates'
    with pytest.raises(NotAllowed, match="it leaks"):
        deliver(workspace, hop, plan)

    assert world.commits() == []


class InterruptingClock(HandClock):
    """Lets something happen at the moment when it is asked for the n-th time."""

    _left: dict[int, Callable[[], None]]
    _asked = 0

    def interrupt(self, time: int, action: Callable[[], None]) -> None:
        self._left, self._asked = {time: action}, 0

    def now(self) -> datetime:
        self._asked += 1
        if action := self._left.pop(self._asked, None):
            action()
        return super().now()

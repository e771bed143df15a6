"""A newer release ends what still waits to come to the same environment; who was overtaken learns it, by that word."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from promontory.entry import Entry
from promontory.errors import NotAllowed, Superseded
from promontory.model import GateState
from promontory.promotion.approving import answer, approval_state, request_approval
from promontory.promotion.at_gates import wait_at_gates
from promontory.promotion.candidates import candidates
from promontory.promotion.delivery import adopt, deliver, plan_hop
from promontory.promotion.overtaken import settle
from promontory.promotion.planning import GateClosed, closed
from promontory.promotion.requests import open_requests
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.promotion.waiting import waiting
from promontory.promotion.workspace import Workspace
from promontory.record import Record
from tests.promotion.conftest import MakeWorld
from tests.promotion.forges import MakeProposer
from tests.promotion.world import Hops, World

ASKING = "environments:\n  production: {approval: {required: 1}, verify: [{kind: fake}]}\n"
PLAIN = "environments:\n  production: {verify: [{kind: fake}]}\n"
TWO = (
    "environments:\n  dev: {verify: [{kind: fake}]}\n  production: {after: dev, approval: {}, verify: [{kind: fake}]}\n"
)
WINDOW = GateState(gate="window", open=False, reason="outside of its windows", waits=True)
_runs = iter(range(1_000_000))


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(pipeline=ASKING)


def run_of(world: World, cache: str = "cache", *, allow_downgrade: bool = False) -> Hops:
    """Another flow run."""
    return Hops(world.workspace(cache=cache), f"run-{next(_runs)}", allow_downgrade)


def begun(workspace: Workspace) -> Workspace:
    """Of a run that begins now, and may be started again later."""
    return replace(workspace, actor=replace(workspace.actor, since=workspace.clock.now()))


def hop_into(hops: Hops, release: str, to: str = "production", **also: str) -> Hop:
    hops.workspace.repository.sync()
    waves = survey(hops.workspace, "web-app", release, to, hops.run, also, allow_downgrade=hops.allow_downgrade)
    return waves[-1][0]


def ask(hops: Hops, release: str, **also: str) -> Hop:
    """Plan it and ask for approval, as far as gates allow."""
    hop = hop_into(hops, release, **also)
    plan, gates = plan_hop(hops.workspace, hop)
    if shut := closed(gates):
        raise GateClosed(shut)
    request_approval(hops.workspace, hop, plan, gates, ())
    return hop


def wait(hops: Hops, release: str) -> Hop:
    hop = hop_into(hops, release)
    plan, _ = plan_hop(hops.workspace, hop)
    wait_at_gates(hops.workspace, hop, plan, [WINDOW])
    return hop


def approve(world: World, hop: Hop) -> None:
    answer(world.workspace("alice", cache="alice"), hop.promotion, "approved", "", "command line")


def push(hops: Hops, hop: Hop) -> Entry:
    return deliver(hops.workspace, hop, hops.plan(hop))


def ends(world: World, application: str = "web-app") -> list[tuple[str, str | None]]:
    found = world.entries("production", application)
    return [(entry.release, entry.overtaken_by) for entry in found if entry.kind == "superseded"]


def test_a_newer_release_that_asks_ends_the_older_request_in_the_same_push(world: World) -> None:
    old_run = run_of(world)
    old = ask(old_run, "v1.3.0")
    before = world.git("rev-list", "--count", "promontory/ledger")

    new = ask(run_of(world), "v1.4.0")

    assert int(world.git("rev-list", "--count", "promontory/ledger")) == int(before) + 1
    assert world.kinds("production") == ["planned", "requested", "superseded", "planned", "requested"]
    (end,) = [entry for entry in world.entries("production") if entry.kind == "superseded"]
    assert (end.promotion, end.overtaken_by, end.run) == (old.promotion, new.promotion, old_run.run)
    assert end.reason == f"superseded by v1.4.0 ({new.promotion})"
    assert [one.release for one in waiting(run_of(world).workspace)] == ["v1.4.0"]


def test_the_run_that_was_overtaken_learns_it_wherever_it_looks(world: World) -> None:
    old_run = run_of(world)
    old = ask(old_run, "v1.3.0")
    plan = old_run.plan(old)
    approve(world, old)
    ask(run_of(world), "v1.4.0")

    with pytest.raises(Superseded, match=r"v1\.3\.0 is superseded by v1\.4\.0"):
        approval_state(old_run.workspace, old, plan)
    with pytest.raises(Superseded):
        deliver(old_run.workspace, old, plan)
    again = hop_into(Hops(old_run.workspace, old_run.run), "v1.3.0")
    assert again.promotion == old.promotion, "it does not begin anew by itself"
    with pytest.raises(Superseded):
        plan_hop(old_run.workspace, again)
    assert world.release("production") == "v1.0.0"


def test_an_answer_to_what_was_overtaken_is_refused_with_that_word(world: World) -> None:
    old = ask(run_of(world), "v1.3.0")
    new = ask(run_of(world), "v1.4.0")

    with pytest.raises(NotAllowed, match="superseded") as refused:
        approve(world, old)

    assert f"superseded by v1.4.0 ({new.promotion})" in refused.value.message
    assert "approved" not in world.kinds("production")


def test_a_run_that_took_up_the_request_of_another_is_overtaken_with_it(world: World) -> None:
    """It has recorded nothing of its own; a person who promotes after that begins anew."""
    old = ask(run_of(world), "v1.3.0")
    second = run_of(world)
    second.workspace = begun(second.workspace)
    assert ask(second, "v1.3.0").promotion == old.promotion
    new = ask(run_of(world), "v1.4.0")

    again = hop_into(second, "v1.3.0")

    with pytest.raises(Superseded, match=rf"v1\.3\.0 is superseded by v1\.4\.0 \({new.promotion}\)"):
        plan_hop(second.workspace, again)
    world.clock.move(timedelta(seconds=1))
    later = run_of(world)
    later.workspace = begun(later.workspace)
    with pytest.raises(GateClosed, match="which is newer, waits for approval"):
        ask(later, "v1.3.0")


@pytest.mark.parametrize("proof", ["command line", "run"])
def test_a_no_is_one_for_all_runs_that_waited_for_the_answer(world: World, proof: str) -> None:
    old = ask(run_of(world), "v1.3.0")
    second = run_of(world)
    second.workspace = begun(second.workspace)
    assert ask(second, "v1.3.0").promotion == old.promotion
    answer(run_of(world).workspace, old.promotion, "rejected", "not on a Friday", proof)

    assert (hop_into(second, "v1.3.0").promotion == old.promotion) == (proof != "run")
    assert hop_into(run_of(world), "v1.3.0").promotion != old.promotion


def test_an_approval_does_not_carry_over(world: World) -> None:
    approve(world, ask(run_of(world), "v1.3.0"))
    run = run_of(world)
    new = ask(run, "v1.4.0")

    state = request_approval(run.workspace, new, run.plan(new), (), ())

    assert (state.status, state.by) == ("waiting", ())


def test_an_older_release_does_not_come_after_a_newer_one_that_waits(world: World) -> None:
    new = ask(run_of(world), "v1.4.0")

    with pytest.raises(GateClosed) as refused:
        ask(run_of(world), "v1.3.0")

    (gate,) = refused.value.gates
    assert (gate.gate, gate.waits, gate.owner) == ("turn", False, "ci")
    assert gate.reason.startswith("v1.4.0, which is newer, waits for approval since 2025-03-01 12:00 UTC")
    assert "--allow-downgrade" in gate.remedy
    assert [entry.promotion for entry in open_requests(run_of(world).workspace)] == [new.promotion]


def test_an_older_release_that_is_meant_ends_the_newer_one(world: World) -> None:
    new = ask(run_of(world), "v1.4.0")

    old = ask(run_of(world, allow_downgrade=True), "v1.3.0")

    assert ends(world) == [("v1.4.0", old.promotion)]
    assert world.record("production").superseded(new.promotion)


def test_what_was_overtaken_can_be_asked_for_again_once_nothing_newer_is_there(world: World) -> None:
    old = ask(run_of(world), "v1.3.0")
    new = ask(run_of(world), "v1.4.0")
    answer(run_of(world).workspace, new.promotion, "rejected", "not on a Friday", "command line")

    again = ask(run_of(world), "v1.3.0")

    assert again.promotion != old.promotion
    assert [entry.promotion for entry in open_requests(run_of(world).workspace)] == [again.promotion]


def test_once_the_newer_one_is_in_force_an_older_one_is_a_downgrade(world: World) -> None:
    ask(run_of(world), "v1.3.0")
    run = run_of(world)
    new = ask(run, "v1.4.0")
    approve(world, new)
    run.workspace.repository.sync()
    push(run, new)

    with pytest.raises(GateClosed, match=r"downgrade: v1\.3\.0 is older than v1\.4\.0"):
        ask(run_of(world), "v1.3.0")


def test_releases_without_an_order_are_overtaken_by_what_is_asked_for_later(world: World) -> None:
    ask(run_of(world), "blue")
    new = ask(run_of(world), "azure")

    assert ends(world) == [("blue", new.promotion)]


def test_a_push_ends_what_waits_at_a_gate(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    old_run = run_of(world)
    old = wait(old_run, "v1.3.0")
    run = run_of(world)

    push(run, new := hop_into(run, "v1.4.0"))

    assert ends(world) == [("v1.3.0", new.promotion)]
    with pytest.raises(Superseded):
        wait_at_gates(old_run.workspace, old, old_run.plan(old), [WINDOW])


def test_a_newer_release_at_a_gate_ends_the_older_one_there(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    wait(run_of(world), "v1.3.0")

    new = wait(run_of(world), "v1.4.0")

    assert ends(world) == [("v1.3.0", new.promotion)]
    assert [one.release for one in waiting(run_of(world).workspace)] == ["v1.4.0"]


def test_what_somebody_else_put_there_ends_what_waits(world: World) -> None:
    old = ask(run_of(world), "v1.3.0")
    world.set_release("production", "v1.4.0")
    run = run_of(world)

    adopt(run.workspace, hop_into(run, "v1.4.0"))

    assert world.record("production").superseded(old.promotion)


def test_what_somebody_else_put_there_ends_nothing_that_is_newer(world: World) -> None:
    new = ask(run_of(world), "v1.4.0")
    world.set_release("production", "v1.3.0")
    run = run_of(world)

    adopt(run.workspace, hop_into(run, "v1.3.0"))

    assert [entry.promotion for entry in world.record("production").waiting()] == [new.promotion]


def test_a_merge_ends_what_still_waits(make: MakeProposer) -> None:
    """Releases queued, and do so no longer."""
    p = make("{kind: pull-request, merge: wait}\n    superseded: queue")
    first = p.hop("blue")
    p.propose(first)
    second = Hops(p.workspace, "run-2")
    later = second.hop("azure", "dev")
    wait_at_gates(second.workspace, later, plan_hop(second.workspace, later)[0], [WINDOW])
    dev = p.world.config.environments["dev"].model_copy(update={"superseded": "cancel"})
    p.workspace = replace(p.workspace, config=p.workspace.config.model_copy(update={"environments": {"dev": dev}}))

    p.fake.merge_by("alice")

    assert p.look(first).status == "merged"
    assert p.world.record("dev").superseded(later.promotion)


def test_a_run_that_was_overtaken_at_a_gate_learns_it_when_it_looks_again(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PLAIN)
    run = run_of(world)
    old = wait(run, "v1.3.0")
    wait(run_of(world), "v1.4.0")

    again = hop_into(run, "v1.3.0")

    assert again.promotion == old.promotion
    with pytest.raises(Superseded):
        plan_hop(run.workspace, again)


def test_what_moves_together_ends_together(make_world: MakeWorld) -> None:
    world = make_world(pipeline=ASKING, applications=("web-app", "api"))
    train = ask(run_of(world), "v1.3.0", api="v2.0.0")

    new = ask(run_of(world), "v1.4.0")

    assert ends(world) == [("v1.3.0", new.promotion)]
    assert ends(world, "api") == [("v2.0.0", new.promotion)]
    assert train.promotion != new.promotion
    assert [one.release for one in waiting(run_of(world).workspace)] == ["v1.4.0"]


def test_a_train_in_which_one_is_older_than_what_waits_is_told_so(make_world: MakeWorld) -> None:
    world = make_world(pipeline=ASKING, applications=("web-app", "api"))
    ask(run_of(world), "v1.4.0")

    with pytest.raises(GateClosed, match=r"web-app: v1\.4\.0, which is newer, waits"):
        ask(run_of(world), "v1.3.0", api="v2.0.0")
    assert ends(world) == []


def test_the_runs_that_were_overtaken_are_to_be_woken_and_no_others(world: World) -> None:
    old_run, new_run = run_of(world), run_of(world)
    ask(old_run, "v1.3.0")
    new = ask(new_run, "v1.4.0")

    assert [end.run for end in settle(new_run.workspace, new)] == [old_run.run]
    newest = run_of(world)
    ask(newest, "v1.5.0")
    assert [end.run for end in settle(new_run.workspace, new)] == [old_run.run]


def test_night_after_night_only_the_newest_request_waits(make_world: MakeWorld) -> None:
    world = make_world(pipeline=TWO)
    for release in ("v1.1.0", "v1.2.0", "v1.3.0"):
        run_of(world).promote(release, "dev")
        night = run_of(world)
        (candidate,) = candidates(night.workspace, "production")
        assert (candidate.release, candidate.skip) == (release, "")
        ask(night, release)
        (again,) = candidates(night.workspace, "production")
        assert "waits for approval already" in again.skip

    assert [one.release for one in waiting(run_of(world).workspace)] == ["v1.3.0"]
    run_of(world, allow_downgrade=True).promote("v1.2.0", "dev")
    answer(run_of(world).workspace, open_requests(run_of(world).workspace)[0].promotion, "rejected", "no", "form")
    (back,) = candidates(run_of(world).workspace, "production")
    assert back.skip.startswith("was superseded by v1.3.0")


def test_of_two_that_record_at_once_one_looks_again(world: World) -> None:
    """Both were planned while nothing waited."""
    old_run, new_run = run_of(world, "one"), run_of(world, "other")
    old, new = hop_into(old_run, "v1.3.0"), hop_into(new_run, "v1.4.0")
    plans = {hop.release: hops.plan(hop) for hops, hop in ((old_run, old), (new_run, new))}
    request_approval(new_run.workspace, new, plans["v1.4.0"], (), ())

    with pytest.raises(NotAllowed, match=r"v1\.4\.0, which is newer, waits for production already"):
        request_approval(old_run.workspace, old, plans["v1.3.0"], (), ())
    assert [one.release for one in waiting(run_of(world).workspace)] == ["v1.4.0"]


@pytest.mark.parametrize("seed", range(2))
def test_however_they_arrive_one_waits_and_each_has_one_last_word(world: World, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 — a test that can be repeated
    releases = chance.sample([f"v1.{minor}.0" for minor in range(1, 10)], 5)

    def arrive(release: str) -> str:
        run = run_of(world, f"cache-{release}")
        try:
            ask(run, release)
        except NotAllowed as error:
            return error.message
        return ""

    with ThreadPoolExecutor(3) as pool:
        refused = dict(zip(releases, pool.map(arrive, releases), strict=True))

    entries = world.entries("production")
    assert [entry.release for entry in world.record("production").waiting()] == [max(releases)]
    for release in releases:
        asked = sum(entry.kind == "requested" and entry.release == release for entry in entries)
        ended = sum(entry.kind == "superseded" and entry.release == release for entry in entries)
        assert (asked, ended) == ((0, 0) if refused[release] else (1, 0 if release == max(releases) else 1)), refused
    so_far = [Record(entries[: number + 1]).waiting() for number in range(len(entries))]
    assert max(len(waiting) for waiting in so_far) == 1

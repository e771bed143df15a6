"""Several applications that move together: one plan, one approval, one push, one verdict, one way back."""

from __future__ import annotations

import pytest

from promontory.config import load
from promontory.entry import Entry
from promontory.errors import NotAllowed, PlanChanged, UsageError
from promontory.model import Place, SuiteResult
from promontory.promotion.approving import answer, request_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.holding import add_hold
from promontory.promotion.planning import closed, reasons
from promontory.promotion.preview import preview
from promontory.promotion.requests import asked_together, open_requests, plan_of
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.promotion.waiting import waiting
from tests.promotion.conftest import MakeWorld
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import LEDGER, Hops, World, path_of

APPLICATIONS = ("web-app", "api", "worker")
PIPELINE = """\
environments:
  dev:
    verify: [{kind: fake, broken: [v6.6.6]}]
  staging:
    after: dev
    verify: [{kind: fake, broken: [v7.7.7]}]
  production:
    after: staging
    approval: {required: 1}
"""


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(applications=APPLICATIONS, pipeline=PIPELINE)


def train(hops: Hops, environment: str = "dev", **releases: str) -> Hop:
    """``web_app`` is web-app."""
    hops.workspace.repository.sync()
    (first, release), *others = ((name.replace("_", "-"), it) for name, it in releases.items())
    waves = survey(hops.workspace, first, release, environment, hops.run, dict(others))
    (hop,) = (hop for wave in waves for hop in wave if hop.environment == environment)
    return hop


def pushed(hops: Hops, environment: str = "dev", **releases: str) -> tuple[Hop, Entry]:
    hop = train(hops, environment, **releases)
    return hop, deliver(hops.workspace, hop, plan_hop(hops.workspace, hop)[0])


def releases(world: World, environment: str = "dev") -> dict[str, str]:
    return {name: world.release(environment, name) for name in APPLICATIONS}


def test_several_applications_move_in_one_commit(world: World, hops: Hops) -> None:
    pushed(hops, web_app="v1.1.0", api="v2.0.0")

    assert releases(world) == {"web-app": "v1.1.0", "api": "v2.0.0", "worker": "v1.0.0"}
    assert world.commits() == ["Promote web-app v1.1.0 and api v2.0.0 to dev"]
    assert world.git("diff", "--name-only", "main~1", "main").split() == [path_of("dev", "api"), path_of("dev")]


def test_each_application_has_its_own_entry_of_the_same_promotion(world: World, hops: Hops) -> None:
    hop, entry = pushed(hops, web_app="v1.1.0", api="v2.0.0")

    web, api = (world.entries("dev", name)[-1] for name in ("web-app", "api"))
    assert {(it.kind, it.promotion, it.digest, it.members) for it in (web, api)} == {
        ("pushed", hop.promotion, entry.digest, 2)
    }
    assert (web.release, web.previous, api.release, api.previous) == ("v1.1.0", "v1.0.0", "v2.0.0", "v1.0.0")
    assert web.pushed == api.pushed
    assert world.git("rev-list", "--count", LEDGER).strip() == "1"


def test_what_was_pushed_is_pushed_once(world: World, hops: Hops) -> None:
    hop = train(hops, web_app="v1.1.0", api="v2.0.0")
    plan = plan_hop(hops.workspace, hop)[0]
    world.lose_the_next_answer()

    with pytest.raises(Exception, match=r"hung up|cannot be reached|disconnect"):
        deliver(hops.workspace, hop, plan)
    hops.workspace.repository.sync()
    deliver(hops.workspace, hop, plan)

    assert len(world.commits()) == 1
    assert world.kinds("dev", "api").count("pushed") == 1


def test_one_plan_shows_the_changes_of_all(hops: Hops) -> None:
    seen = preview(hops.workspace, "web-app", "v1.1.0", "dev", {"api": "v2.0.0"})

    (hop,) = seen.hops
    assert hop.plan
    assert hop.plan.shown.count("+    newTag:") == 2
    assert [(it.application, it.current, it.release) for it in hop.also] == [("api", "v1.0.0", "v2.0.0")]
    assert (seen.application, seen.release) == ("web-app, api", "v1.1.0, v2.0.0")


def test_two_applications_in_one_file_move_together(make_world: MakeWorld) -> None:
    world = make_world(applications=("web-app",))
    strategy = "{kind: directory, path: envs, file: '{environment}.yaml', key: '{application}.tag'}"
    text = f"applications:\n  a:\n    strategy: {strategy}\n  b:\n    strategy: {strategy}\n{PIPELINE}"
    world.config = load(text, file="promontory.yaml", vocabulary=VOCABULARY)
    before = b"a: {tag: v1}  # ours\nb: {tag: v1}  # theirs\n"
    add(world, {f"envs/{environment}.yaml": before for environment in ("dev", "staging", "production")})
    hops = Hops(world.workspace())

    hop, entry = pushed(hops, a="v2", b="v3")

    assert world.git("show", "main:envs/dev.yaml") == "a: {tag: v2}  # ours\nb: {tag: v3}  # theirs\n"
    assert revert(hops.workspace, hop, entry, "unhealthy")
    assert world.git("show", "main:envs/dev.yaml").encode() == before


def add(world: World, files: dict[str, bytes]) -> None:
    world.commit(files)


def test_together_they_are_verified_and_one_that_is_ill_takes_all_back(world: World, hops: Hops) -> None:
    before = world.git("rev-parse", "main^{tree}")
    hop, entry = pushed(hops, web_app="v1.1.0", api="v6.6.6", worker="v1.2.0")

    verdict = hops.verify(hop, entry)
    assert verdict
    assert not verdict.healthy
    reverted = revert(hops.workspace, hop, entry, "; ".join(verdict.reasons))

    assert reverted
    assert world.git("rev-parse", "main^{tree}") == before
    assert world.commits()[0] == "Revert web-app and api and worker in dev"
    assert world.record("dev", "web-app").hold("v1.1.0")
    assert world.record("dev", "api").hold("v6.6.6")
    assert hops.verify(hop, reverted)
    assert [world.kinds("dev", name)[-3:] for name in APPLICATIONS] == [["held", "reverted", "verdict"]] * 3


def test_a_revert_whose_answer_was_lost_is_done_once(world: World, hops: Hops) -> None:
    hop, entry = pushed(hops, web_app="v1.1.0", api="v2.0.0")
    first = revert(hops.workspace, hop, entry, "unhealthy")

    again = revert(Hops(world.workspace(cache="other")).workspace, hop, entry, "unhealthy")

    assert first
    assert again
    assert again.pushed == first.pushed
    assert len(world.commits()) == 2


def test_one_that_has_moved_on_is_left_where_it_is(world: World, hops: Hops) -> None:
    hop, entry = pushed(hops, web_app="v1.1.0", api="v2.0.0")
    world.set_release("dev", "v2.1.0", "api")
    hops.workspace.repository.sync()

    revert(hops.workspace, hop, entry, "unhealthy")

    assert releases(world) == {"web-app": "v1.0.0", "api": "v2.1.0", "worker": "v1.0.0"}
    assert "reverted" not in world.kinds("dev", "api")
    assert world.record("dev", "api").hold("v2.0.0")


def test_taken_up_for_one_of_them_alone_only_that_one_goes_back(world: World, hops: Hops) -> None:
    _, entry = pushed(hops, web_app="v1.1.0", api="v2.0.0")
    alone = train(hops, web_app="v1.1.0")

    revert(hops.workspace, alone, entry, "unhealthy")

    assert releases(world) == {"web-app": "v1.0.0", "api": "v2.0.0", "worker": "v1.0.0"}
    assert "reverted" not in world.kinds("dev", "api")


def test_rolling_back_one_of_them_by_hand_leaves_the_others(world: World, hops: Hops) -> None:
    pushed(hops, web_app="v1.1.0", api="v2.0.0")

    roll_back(hops.workspace, Place("api", "dev"), None, "slow", "rollback-1")

    assert releases(world) == {"web-app": "v1.1.0", "api": "v1.0.0", "worker": "v1.0.0"}


def test_a_gate_of_one_keeps_all_from_being_pushed_and_says_whose_it_is(world: World, hops: Hops) -> None:
    hop = train(hops, web_app="v1.1.0", api="v2.0.0")
    plan, _ = plan_hop(hops.workspace, hop)
    add_hold(hops.workspace, Place("api", "dev"), "v2.0.0", "CVE-1")

    with pytest.raises(NotAllowed, match=r"hold: api: v2\.0\.0 is held in dev"):
        deliver(hops.workspace, hop, plan)

    _, states = plan_hop(hops.workspace, hop)
    assert reasons(closed(states)).startswith("api: v2.0.0 is held in dev")
    assert world.commits() == []


def test_a_change_under_one_of_them_is_another_plan(world: World, hops: Hops) -> None:
    hop = train(hops, web_app="v1.1.0", api="v2.0.0")
    plan, _ = plan_hop(hops.workspace, hop)
    world.edit(path_of("dev", "api"), "# the end", "# the very end")
    hops.workspace.repository.sync()

    with pytest.raises(PlanChanged, match="apps/api/dev"):
        deliver(hops.workspace, hop, plan)


def test_one_approval_is_for_all_of_them(world: World, hops: Hops) -> None:
    for environment in ("dev", "staging"):
        hop, entry = pushed(hops, environment, web_app="v1.1.0", api="v2.0.0")
        hops.verify(hop, entry)
    hop = train(hops, "production", web_app="v1.1.0", api="v2.0.0")
    plan, states = plan_hop(hops.workspace, hop)

    assert request_approval(hops.workspace, hop, plan, states, ()).status == "waiting"
    (request,) = open_requests(hops.workspace)
    assert [entry.application for entry in asked_together(hops.workspace, request)] == ["web-app", "api"]
    assert plan_of(hops.workspace, request) == plan
    (shown,) = waiting(hops.workspace)
    assert (shown.application, shown.also) == ("web-app", ("api v2.0.0",))

    alice = world.workspace("alice")
    answer(alice, hop.promotion[:5], "approved", "", "command line", plan.digest)
    hops.workspace.repository.sync()
    deliver(hops.workspace, hop, plan)

    assert releases(world, "production") == {"web-app": "v1.1.0", "api": "v2.0.0", "worker": "v1.0.0"}
    assert "Approved-By: alice" in world.git("log", "-1", "--format=%B", "main")
    assert [entry.by for entry in world.entries("production", "api") if entry.kind == "approved"] == ["alice"]
    assert find_none(hops)


def find_none(hops: Hops) -> bool:
    hops.workspace.repository.sync()
    return open_requests(hops.workspace) == ()


def test_an_approval_for_one_alone_does_not_count_for_both(world: World, hops: Hops) -> None:
    for environment in ("dev", "staging"):
        hop, entry = pushed(hops, environment, web_app="v1.1.0", api="v2.0.0")
        hops.verify(hop, entry)
    alone = train(hops, "production", web_app="v1.1.0")
    plan, states = plan_hop(hops.workspace, alone)
    request_approval(hops.workspace, alone, plan, states, ())
    answer(world.workspace("alice"), alone.promotion, "approved", "", "command line")
    both = train(hops, "production", web_app="v1.1.0", api="v2.0.0")
    plan, _ = plan_hop(hops.workspace, both)

    with pytest.raises(NotAllowed, match="approval"):
        deliver(hops.workspace, both, plan)


@pytest.mark.parametrize("together", [True, False])
def test_suites_that_ran_for_all_of_them_need_not_run_again(world: World, hops: Hops, together: bool) -> None:
    both = {"web_app": "v1.1.0", "api": "v2.0.0"}
    for environment in ("dev", "staging"):
        hop, entry = pushed(hops, environment, **both)
        hops.verify(hop, entry)
    tested = train(hops, "production", **(both if together else {"web_app": "v1.1.0"}))
    names = [hop.application if together else "" for hop in tested.members]
    results = tuple(SuiteResult(name="smoke", application=name, passed=True) for name in names)
    plan, states = plan_hop(hops.workspace, tested)
    request_approval(hops.workspace, tested, plan, states, results)

    again = train(Hops(world.workspace(cache="other"), "run-2"), "production", **both)

    assert again.promotion == tested.promotion
    assert again.suites == (results if together else None)


def test_what_is_there_already_is_skipped_and_the_others_move(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.workspace.repository.sync()

    waves = survey(hops.workspace, "web-app", "v1.1.0", "dev", "run-2", {"api": "v2.0.0"})

    assert [(hop.application, hop.step) for hop in waves[0]] == [("web-app", "skip"), ("api", "promote")]


def test_after_a_crash_before_the_verdict_they_are_verified_together(world: World, hops: Hops) -> None:
    _, entry = pushed(hops, web_app="v1.1.0", api="v2.0.0")

    hop = train(Hops(world.workspace(cache="other"), "run-1"), web_app="v1.1.0", api="v2.0.0")

    assert (hop.step, hop.promotion, [it.application for it in hop.members]) == (
        "verify",
        entry.promotion,
        ["web-app", "api"],
    )


def test_an_application_named_twice_or_unknown_is_refused(hops: Hops) -> None:
    with pytest.raises(UsageError, match="named twice"):
        survey(hops.workspace, "web-app", "v1.1.0", None, "run-1", {"web-app": "v2.0.0"})
    with pytest.raises(UsageError, match='no application "wep-app"'):
        survey(hops.workspace, "web-app", "v1.1.0", None, "run-1", {"wep-app": "v2.0.0"})

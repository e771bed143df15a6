"""Where a promotion starts: what is there already, and what a run that was killed left to finish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promontory.errors import InvalidRelease, UsageError
from promontory.model import Place, SuiteResult
from promontory.promotion.approving import answer, request_approval
from promontory.promotion.delivery import adopt, deliver, plan_hop
from promontory.promotion.reverting import revert
from promontory.promotion.survey import survey
from promontory.promotion.surveyor import promotion_id
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World, configure

PASSED = (SuiteResult(name="fake", passed=True),)
UNCHECKED = """\
environments:
  dev: {}
  staging: {after: dev}
  production: {after: staging}
"""


def steps(hops: Hops, release: str, to: str | None = None) -> dict[str, str]:
    waves = survey(hops.workspace, "web-app", release, to, hops.run)
    return {hop.environment: hop.step for wave in waves for hop in wave}


def test_everything_is_to_be_promoted_at_first(hops: Hops) -> None:
    waves = survey(hops.workspace, "web-app", "v1.1.0", None, "run-1")

    assert [[hop.environment for hop in wave] for wave in waves] == [["dev"], ["staging"], ["production"]]
    assert {hop.step for wave in waves for hop in wave} == {"promote"}
    assert {hop.current for wave in waves for hop in wave} == {"v1.0.0"}
    assert len({hop.promotion for wave in waves for hop in wave}) == 3


def test_a_run_goes_no_further_than_asked(hops: Hops) -> None:
    assert list(steps(hops, "v1.1.0", "staging")) == ["dev", "staging"]


def test_what_runs_the_release_verified_is_skipped(hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    hop = hops.hop("v1.1.0", "dev")

    assert hop.step == "skip"
    assert hop.reason == "already runs v1.1.0, verified 2025-03-01 12:00 UTC"


def test_an_environment_on_the_way_that_has_moved_on_is_skipped(hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v1.2.0", "dev")

    assert steps(hops, "v1.1.0", "staging") == {"dev": "skip", "staging": "promote"}
    assert "has moved on to v1.2.0" in survey(hops.workspace, "web-app", "v1.1.0", "staging", "run-1")[0][0].reason
    assert steps(Hops(hops.workspace, "run-2"), "v1.1.0", "dev") == {"dev": "promote"}, "asked for, it goes back"


def test_an_environment_on_the_way_without_checks_that_has_moved_on_is_skipped(make_world: MakeWorld) -> None:
    hops = Hops(make_world(pipeline=UNCHECKED).workspace())
    hops.push("v1.1.0", "dev")
    hops.push("v1.2.0", "dev")

    assert steps(hops, "v1.1.0", "staging") == {"dev": "skip", "staging": "promote"}


def test_a_run_to_everywhere_only_has_the_last_environments_for_targets(hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v1.2.0", "dev")

    assert steps(hops, "v1.1.0") == {"dev": "skip", "staging": "promote", "production": "promote"}


def test_a_run_that_goes_on_later_does_not_undo_what_came_after_it(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    Hops(hops.workspace, "run-2").promote("v1.2.0", "dev")

    hop = hops.hop("v1.1.0", "dev")

    assert hop.step == "skip"
    assert "has moved on to v1.2.0" in hop.reason


def test_a_run_killed_after_its_push_goes_on_with_the_verification(world: World, hops: Hops) -> None:
    pushed_hop, entry = hops.push("v1.1.0", "dev")

    hop = Hops(world.workspace(cache="new"), "run-2").hop("v1.1.0", "dev")

    assert hop.step == "verify"
    assert hop.promotion == pushed_hop.promotion
    assert hop.entry
    assert hop.entry.pushed == entry.pushed


def test_without_checks_there_is_nothing_left_after_the_push(make_world: MakeWorld) -> None:
    hops = Hops(make_world(pipeline=UNCHECKED).workspace())
    hops.push("v1.1.0", "dev")

    hop = hops.hop("v1.1.0", "dev")

    assert (hop.step, hop.reason) == ("skip", "already runs v1.1.0 (no checks are configured)")


def test_an_unhealthy_release_that_was_not_reverted_is_verified_again(hops: Hops) -> None:
    hop, entry = hops.push("v6.6.6", "dev")
    hops.verify(hop, entry)

    again = hops.hop("v6.6.6", "dev")

    assert again.step == "verify"
    assert again.entry
    assert again.entry.kind == "pushed"


def test_a_run_killed_after_its_revert_verifies_the_revert(hops: Hops) -> None:
    hop, entry = hops.push("v6.6.6", "dev")
    revert(hops.workspace, hop, entry, "broken")

    again = hops.hop("v6.6.6", "dev")

    assert again.step == "verify-revert"
    assert again.promotion == hop.promotion
    assert again.entry
    assert again.entry.in_force == "v1.0.0"


def test_a_revert_that_was_verified_leaves_nothing_of_the_old_promotion(hops: Hops) -> None:
    first = hops.promote("v6.6.6", "dev")

    again = hops.hop("v6.6.6", "dev")

    assert again.step == "promote"
    assert again.promotion != first.promotion


def test_once_its_hold_is_lifted_a_reverted_release_is_promoted_again(hops: Hops) -> None:
    hop, entry = hops.push("v6.6.6", "dev")
    revert(hops.workspace, hop, entry, "broken")  # and killed before it was verified
    hops.append("lifted", "dev", "v6.6.6")

    assert hops.hop("v6.6.6", "dev").step == "promote"


def test_an_open_request_is_taken_up_with_its_tests(world: World, hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")
    hop = hops.hop("v1.1.0", "production")
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, PASSED)

    again = Hops(world.workspace(cache="new"), "run-2").hop("v1.1.0", "production")

    assert again.promotion == hop.promotion
    assert again.suites == PASSED


def test_after_a_rejection_another_run_makes_another_promotion(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "production")
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, PASSED)
    answer(hops.workspace, hop.promotion, "rejected", "no", "test")

    again = Hops(hops.workspace, "run-2").hop("v1.1.0", "production")

    assert again.promotion != hop.promotion
    assert again.suites is None


def test_what_somebody_else_put_there_is_adopted_and_verified(world: World, hops: Hops) -> None:
    world.set_release("dev", "v1.1.0")
    hops.workspace.repository.sync()

    hop = hops.hop("v1.1.0", "dev")
    entry = adopt(hops.workspace, hop)
    hops.verify(hop, entry)

    assert (hop.step, hop.reason) == ("verify", "somebody else put it there")
    assert hop.entry is None
    assert world.kinds("dev") == ["found", "verdict"]
    assert hops.hop("v1.1.0", "dev").step == "skip"


def test_an_adopted_release_is_verified_under_the_same_promotion_again(world: World, hops: Hops) -> None:
    first = hops.hop("v1.0.0", "dev")
    adopt(hops.workspace, first)

    again = Hops(hops.workspace, "run-2").hop("v1.0.0", "dev")

    assert again.step == "verify"
    assert again.promotion == first.promotion


def test_the_same_run_makes_the_same_promotions() -> None:
    place = Place("web-app", "dev")

    assert promotion_id("run-1", place, "v1", 0) == promotion_id("run-1", place, "v1", 0)
    ids = {
        promotion_id("run-1", place, "v1", 0),
        promotion_id("run-2", place, "v1", 0),
        promotion_id("run-1", Place("web-app", "staging"), "v1", 0),
        promotion_id("run-1", Place("web", "-appdev"), "v1", 0),
        promotion_id("run-1", place, "v2", 0),
        promotion_id("run-1", place, "v1", 1),
    }
    assert len(ids) == 6


def test_an_application_skips_the_environments_it_does_not_run_in(world: World) -> None:
    config = configure(extra="    environments: {staging: false}\n")
    hops = Hops(replace(world.workspace(), config=config))

    waves = survey(hops.workspace, "web-app", "v1.1.0", None, "run-1")

    assert [[(hop.environment, hop.after) for hop in wave] for wave in waves] == [
        [("dev", ())],
        [("production", ("dev",))],
    ]
    with pytest.raises(UsageError, match='"web-app" does not run in "staging"'):
        hops.hop("v1.1.0", "staging")


@pytest.mark.parametrize(
    ("application", "release", "to", "message"),
    [
        ("web-ap", "v1.1.0", None, r'web-ap"? .*did you mean "web-app"'),
        ("web-app", "v1.1.0", "stagin", r'stagin"? .*did you mean "staging"'),
        ("web-app", "-v1", None, "begins with '-'"),
        ("web-app", "", None, "empty"),
    ],
)
def test_what_does_not_exist_is_refused(
    hops: Hops, application: str, release: str, to: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        survey(hops.workspace, application, release, to, "run-1")


def test_a_release_that_its_source_does_not_know_is_refused(world: World) -> None:
    config = configure(extra="    releases: {kind: fake, known: [v1.1.0]}\n")
    workspace = replace(world.workspace(), config=config)

    with pytest.raises(UsageError, match=r"registry\.example/web-app knows no release v9\.9\.9 of web-app"):
        survey(workspace, "web-app", "v9.9.9", None, "run-1")
    assert survey(workspace, "web-app", "v1.1.0", None, "run-1")


def test_a_bad_release_is_its_own_error(hops: Hops) -> None:
    with pytest.raises(InvalidRelease):
        survey(hops.workspace, "web-app", "v1 .0", None, "run-1")


def test_nothing_is_written_by_looking(world: World, hops: Hops) -> None:
    steps(hops, "v1.1.0")

    assert world.commits() == []
    assert world.entries() == ()


def test_the_tested_commit_of_a_killed_run_is_not_lost(world: World, hops: Hops) -> None:
    hop = hops.hop("v1.1.0", "dev")
    deliver(hops.workspace, hop, hops.plan(hop), PASSED)

    tested = world.entries("dev")[0]

    assert (tested.kind, tested.suites, tested.promotion) == ("tested", PASSED, hop.promotion)

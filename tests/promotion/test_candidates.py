"""What moves by itself: verified upstream and news where it goes; everything else says why not."""

from __future__ import annotations

from promontory.promotion.approving import answer, request_approval
from promontory.promotion.candidates import Candidate, candidates
from promontory.promotion.delivery import plan_hop
from promontory.promotion.reverting import revert
from promontory.promotion.values import Hop
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World, configure, path_of


def only(hops: Hops, environment: str) -> Candidate:
    (candidate,) = candidates(hops.workspace, environment)
    return candidate


def ask_for_production(hops: Hops, release: str) -> Hop:
    hops.promote_through(release, "dev", "staging")
    hop = hops.hop(release, "production")
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, ())
    return hop


def test_what_is_verified_one_environment_earlier_moves(hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    assert only(hops, "staging") == Candidate(application="web-app", environment="staging", release="v1.1.0")


def test_a_candidate_says_that_it_needs_an_approval(hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")

    assert only(hops, "production").needs_approval
    assert only(hops, "production").skip == ""


def test_what_runs_there_already_is_no_candidate(hops: Hops) -> None:
    assert candidates(hops.workspace, "staging") == ()


def test_the_first_environment_has_no_candidates(hops: Hops) -> None:
    assert candidates(hops.workspace, "dev") == ()


def test_what_is_not_verified_yet_stays(hops: Hops) -> None:
    hops.push("v1.1.0", "dev")

    assert only(hops, "staging").skip == "v1.1.0 is not verified in dev yet, where it is since 2025-03-01 12:00 UTC"


def test_what_is_held_stays(world: World, hops: Hops) -> None:
    hops.promote("v7.7.7", "dev")
    hops.promote("v7.7.7", "staging")

    assert world.release("staging") == "v1.0.0"
    assert only(hops, "staging").skip.startswith("v7.7.7 is held in staging since 2025-03-01 12:00 UTC by ci: ")


def test_what_is_older_stays(world: World, hops: Hops) -> None:
    hops.promote_through("v1.2.0", "dev", "staging")
    Hops(hops.workspace, "run-2", allow_downgrade=True).promote("v1.1.0", "dev")

    assert only(hops, "staging").skip == "v1.1.0 is older than v1.2.0, which staging runs"


def test_what_waits_for_its_approval_is_not_asked_for_twice(hops: Hops) -> None:
    hop = ask_for_production(hops, "v1.1.0")

    assert only(hops, "production").skip == f"waits for approval already ({hop.promotion})"


def test_what_was_rejected_is_not_asked_for_every_night(hops: Hops) -> None:
    hop = ask_for_production(hops, "v1.1.0")
    answer(hops.workspace, hop.promotion, "rejected", "not on a Friday", "test")

    assert only(hops, "production").skip.startswith("was rejected by ci: not on a Friday")


def test_after_a_rejection_a_newer_release_moves(hops: Hops) -> None:
    hop = ask_for_production(hops, "v1.1.0")
    answer(hops.workspace, hop.promotion, "rejected", "not on a Friday", "test")
    hops.promote_through("v1.2.0", "dev", "staging")

    assert (only(hops, "production").release, only(hops, "production").skip) == ("v1.2.0", "")


def test_each_application_is_judged_on_its_own(make_world: MakeWorld) -> None:
    world = make_world(applications=("api", "shop", "web-app"))
    hops = Hops(world.workspace())
    hops.promote("v1.1.0", "dev", "web-app")
    world.edit(path_of("dev", "shop"), "newTag: ", "newTag: [")

    found = {candidate.application: candidate for candidate in candidates(hops.workspace, "staging")}

    assert list(found) == ["shop", "web-app"]
    assert found["web-app"].skip == ""
    assert path_of("dev", "shop") in found["shop"].skip


def test_an_application_moves_past_an_environment_it_does_not_run_in(make_world: MakeWorld) -> None:
    world = make_world()
    world.config = configure(extra="    environments: {staging: false}\n")
    hops = Hops(world.workspace())
    hops.promote("v1.1.0", "dev")

    assert candidates(hops.workspace, "staging") == ()
    assert only(hops, "production").release == "v1.1.0"


def test_candidates_are_looked_for_on_a_fresh_head(world: World, hops: Hops) -> None:
    Hops(world.workspace(cache="other"), "run-2").promote("v1.1.0", "dev")

    assert only(hops, "staging").release == "v1.1.0"


def test_what_was_taken_back_upstream_does_not_move(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    hops.verify(hop, entry)
    revert(hops.workspace, hop, entry, "slow after all")

    assert candidates(hops.workspace, "staging") == ()

"""Why is it not there yet? Each thing that may hold a release up, as people are told of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from promontory.errors import NotAllowed, UsageError
from promontory.promotion.approving import answer
from promontory.promotion.attending import attend
from promontory.promotion.verification import verify
from tests.promotion.conftest import MakeWorld
from tests.promotion.explaining.asking import approve, asked, commands, request, states
from tests.promotion.fakes import FakeReleases
from tests.promotion.world import PIPELINE, Hops, World


def test_nobody_has_promoted_it_although_the_gates_are_open(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    seen = asked(world, "staging")

    assert seen.answer == "v1.1.0 is not in staging: nobody has promoted it there yet, and the gates are open"
    assert (seen.release, seen.chosen) == ("v1.1.0", "verified in dev")
    assert states(seen) == ["verified", "absent"]
    assert seen.needs == ("somebody has to promote it to staging",)
    assert seen.earliest is None
    assert commands(seen) == ["promontory promote web-app v1.1.0 --to staging"]


def test_it_has_to_be_verified_before(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    seen = asked(world, "production")

    assert seen.answer == "v1.1.0 is not in production: v1.1.0 is not verified in staging yet"
    assert states(seen) == ["verified", "absent", "absent"]
    assert commands(seen)[0] == "promontory promote web-app v1.1.0 --to staging"
    closed = [gate.gate for gate in seen.gates if not gate.open]
    assert "approval" in closed


def test_it_waits_for_people(make_world: MakeWorld) -> None:
    who = "approval: {required: 2, approvers: [alice@acme.example, bob@acme.example], expires: 4h}"
    world = make_world(pipeline=PIPELINE.replace("approval: {required: 1}", who))
    promotion = request(world, "v1.1.0")
    approve(world, promotion, "Alice <alice@acme.example>")

    seen = asked(world, "production")

    stage = seen.stage
    assert seen.answer.startswith("v1.1.0 is not in production: it waits: 1 more approval")
    assert (stage.state, stage.promotion, stage.run) == ("approval", promotion, "run-1")
    assert stage.until
    assert stage.until - world.clock.now() - timedelta(hours=4) < timedelta(seconds=1)
    (line,) = [gate for gate in seen.gates if gate.gate == "approval"]
    assert line.reason.startswith("approved by Alice <alice@acme.example>; 1 more approval")
    assert seen.needs == (line.reason,)
    assert seen.earliest is None
    assert "bob@acme.example" in line.owner
    assert "alice" not in line.owner
    assert commands(seen) == [f"promontory approve {promotion}", f"promontory reject {promotion} --reason WHY"]


def test_where_no_run_waits_it_has_to_be_promoted_again(world: World) -> None:
    promotion = request(world, "v1.1.0", run=None)

    assert commands(asked(world, "production"))[-1] == "promontory promote web-app v1.1.0 --to production"
    assert asked(world, "production").stage.promotion == promotion


def test_what_nobody_answered_in_time_has_expired_and_was_not_refused(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PIPELINE.replace("approval: {required: 1}", "approval: {expires: 4h}"))
    promotion = request(world, "v1.1.0")
    digest = world.entries("production")[-1].digest or ""
    world.clock.move(timedelta(hours=5))
    attend(world.workspace("promontory"), promotion, digest, timedelta(minutes=1))

    seen = asked(world, "production")

    assert states(seen)[-1] == "expired"
    assert seen.answer.startswith("v1.1.0 is not in production: its request expired 2025-03-01 ")
    with pytest.raises(NotAllowed, match="waits for no approval any more: expired: nobody answered before"):
        approve(world, promotion, "alice@acme.example")


def test_what_is_approved_says_that_its_run_has_to_go_on(world: World) -> None:
    promotion = request(world, "v1.1.0")
    approve(world, promotion, "alice@acme.example")

    seen = asked(world, "production")

    told = "it is approved by alice@acme.example, and its run has not gone on yet"
    assert seen.answer == f"v1.1.0 is not in production: {told}"
    assert states(seen)[-1] == "approved"
    # Whether a run in a terminal still waits, nobody but that terminal knows.
    assert [(step.command, step.why) for step in seen.next] == [
        ("promontory promote web-app v1.1.0 --to production", "goes on from there, where its run has ended")
    ]


def test_an_approval_of_what_has_changed_since_is_told(world: World) -> None:
    promotion = request(world, "v1.1.0")
    approve(world, promotion, "alice@acme.example")
    world.edit("apps/web-app/production/kustomization.yaml", "# the end", "# another end")

    (line,) = [gate for gate in asked(world, "production").gates if gate.gate == "approval"]

    assert not line.open
    assert "what alice@acme.example approved has changed since" in line.reason


def test_a_rejection(world: World) -> None:
    promotion = request(world, "v1.1.0")
    answer(world.workspace("bob"), promotion, "rejected", "not on a Friday", "test")

    seen = asked(world, "production", "v1.1.0")

    assert seen.stage.state == "rejected"
    assert "bob said no 2025-03-01 12:00 UTC: not on a Friday" in seen.answer


def test_a_release_that_was_taken_back_is_held(world: World, hops: Hops) -> None:
    hops.promote("v7.7.7", "dev")
    hops.promote("v7.7.7", "staging")

    seen = asked(world, "staging")

    assert (seen.release, seen.stage.state) == ("v7.7.7", "reverted")
    assert seen.answer.startswith("v7.7.7 is not in staging: it was taken back 2025-03-01 12:00 UTC: ")
    assert "v7.7.7 is broken" in seen.answer
    assert seen.answer.count("v7.7.7 is broken") == 1
    assert commands(seen) == [
        "promontory hold lift web-app staging v7.7.7",
        "promontory promote web-app v7.7.7 --to staging",
    ]
    assert seen.in_force.taken_back == "v7.7.7"


def test_a_hold_by_hand(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.append("held", "staging", "v1.1.0", reason="the database is migrated first")

    seen = asked(world, "staging")

    assert seen.stage.state == "held"
    assert "it is held since 2025-03-01 12:00 UTC by ci: the database is migrated first" in seen.answer


def test_tests_that_failed(world: World, hops: Hops) -> None:
    result = {"name": "smoke", "passed": False, "reason": "it is broken"}
    hops.promote("v5.5.5", "dev")
    hops.append("tested", "staging", "v5.5.5", suites=(result,))

    seen = asked(world, "staging")

    assert seen.stage.state == "tests-failed"
    assert "its tests failed: smoke: it is broken" in seen.answer


def test_what_was_there_and_was_replaced(world: World, hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")
    hops.promote_through("v1.2.0", "dev", "staging")

    seen = asked(world, "staging", "v1.1.0")

    assert states(seen) == ["passed", "passed"]
    assert seen.stage.runs == "v1.2.0"
    assert "v1.1.0 is older than v1.2.0" in seen.answer


@pytest.mark.parametrize(("kind", "state"), [("superseded", "superseded"), ("waiting", "waiting")])
def test_entries_that_others_write(world: World, hops: Hops, kind: str, state: str) -> None:
    hops.promote("v1.1.0", "dev")
    opens = world.clock.now() + timedelta(hours=14)
    shut = {"gate": "window", "open": False, "reason": "the window is closed", "opens": opens, "waits": True}
    hops.append(kind, "staging", "v1.1.0", gates=(shut,), until=opens, reason="v1.2.0 came")

    seen = asked(world, "staging", "v1.1.0")

    assert seen.stage.state == state
    assert seen.stage.until == (opens if kind == "waiting" else None)


def test_a_soak_before_says_when_it_can_be_there_at_the_earliest(make_world: MakeWorld) -> None:
    soaking = "dev:\n    soak: 2h\n    verify: [{kind: fake, interval: 1ms}]"
    world = make_world(pipeline=PIPELINE.replace("dev:\n    verify: [{kind: fake, broken: [v6.6.6]}]", soaking))
    hops = Hops(world.workspace())
    asyncio.run(verify(hops.workspace, *hops.push("v1.1.0", "dev")))

    seen = asked(world, "staging")

    assert states(seen) == ["soaking", "absent"]
    assert seen.not_before == world.clock.now() + timedelta(hours=2)


def test_where_nothing_is_newer_the_answer_is_about_what_runs(world: World, hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")

    seen = asked(world, "staging")

    assert seen.there
    assert seen.chosen == "what staging runs; nothing newer is known"
    assert seen.answer == "v1.1.0 is in staging, verified 2025-03-01 12:00 UTC"
    assert seen.next == ()


def test_a_release_that_is_further_up_is_the_one_that_is_meant(world: World, hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")
    hops.promote("v1.2.0", "dev")

    assert asked(world, "production").release == "v1.1.0"
    assert asked(world, "staging").release == "v1.2.0"


def test_what_is_older_than_what_runs_is_not_the_one_that_is_meant(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    world.set_release("staging", "v2.0.0")

    assert asked(world, "staging").release == "v2.0.0"


def test_what_is_published_is_meant_where_nothing_else_is_news(make_world: MakeWorld) -> None:
    world = make_world(extra="    releases: {kind: fake, known: [v1.0.0, v1.3.0]}\n")

    seen = asked(world, "dev")

    assert (seen.release, seen.chosen) == ("v1.3.0", "the newest that is published")


def test_names_that_nobody_knows_are_refused(make_world: MakeWorld) -> None:
    world = make_world(extra="    releases: {kind: fake, known: [v1.0.0]}\n")

    for environment, release in (("prod", ""), ("dev", "v9.9.9")):
        with pytest.raises(UsageError):
            asked(world, environment, release)
    with pytest.raises(UsageError):
        asked(world, "dev", application="web")


def test_an_environment_that_cannot_be_read_is_told_and_the_rest_is_answered(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    world.edit("apps/web-app/staging/kustomization.yaml", "images:", "images: [")

    seen = asked(world, "staging")

    assert seen.answer.startswith("what staging runs cannot be read: ")
    assert states(seen) == ["verified", "unknown"]


def test_a_release_is_known_by_its_tag_where_it_is_pinned_by_its_digest(make_world: MakeWorld) -> None:
    digest = f"sha256:{'a' * 64}"
    pins = f"{{kind: fake, known: [v1.0.0, v1.1.0], digests: {{v1.1.0: '{digest}'}}}}"
    world = make_world(extra=f"    releases: {pins}\n")
    Hops(world.workspace()).promote(f"v1.1.0@{digest}", "dev")

    assert asked(world, "staging", "v1.1.0").release == f"v1.1.0@{digest}"
    assert states(asked(world, "staging", "v1.1.0")) == ["verified", "absent"]


def test_a_source_that_is_away_has_no_say(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(extra="    releases: {kind: fake, known: [v1.0.0]}\n")
    monkeypatch.setattr(FakeReleases, "away", True)

    seen = asked(world, "dev", "v9.9.9")

    assert seen.chosen.endswith("where releases are published could not be asked")
    assert asked(world, "dev").release == "v1.0.0"

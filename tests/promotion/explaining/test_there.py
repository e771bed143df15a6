"""Why is this version here? Who brought it, on whose word, and how it has been since."""

from __future__ import annotations

from datetime import timedelta

from promontory.promotion.explaining.report import explanation_report
from tests.promotion.conftest import MakeWorld
from tests.promotion.explaining.asking import approve, asked, commands, request
from tests.promotion.world import PIPELINE, Hops, World

SCARY = "v1.3.0\x1b[2J; rm -rf ~"


def test_who_brought_it_on_whose_word_and_how_it_was_judged(world: World) -> None:
    promotion = request(world, "v1.1.0")
    approve(world, promotion, "Alice <alice@acme.example>", "looked at staging")
    Hops(world.workspace("ci")).promote("v1.1.0", "production")

    seen = asked(world, "production")

    known = seen.in_force
    assert seen.there
    assert (known.release, known.condition, known.by, known.promotion) == ("v1.1.0", "verified", "ci", promotion)
    assert known.run == "run-1"
    assert known.commit == world.git("rev-parse", "main").strip()
    (yes,) = known.approvals
    assert (yes.by, yes.proof, yes.note) == ("Alice <alice@acme.example>", "test", "looked at staging")
    assert (known.health, known.reasons) == ("healthy", ("fake production: 200",))


def test_an_approval_of_what_was_not_pushed_is_not_told(world: World) -> None:
    approve(world, request(world, "v1.1.0"), "bob@acme.example")
    world.edit("apps/web-app/production/kustomization.yaml", "# the end", "# another end")
    approve(world, request(world, "v1.1.0"), "alice@acme.example")
    Hops(world.workspace("ci")).promote("v1.1.0", "production")

    assert [yes.by for yes in asked(world, "production").in_force.approvals] == ["alice@acme.example"]


def test_what_somebody_else_put_there_has_an_author(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    world.set_release("dev", "v1.2.0")
    world.edit("apps/web-app/dev/kustomization.yaml", "# the end", "# edited", "Something else")
    world.edit("README.md", "$", "more", "Elsewhere")

    seen = asked(world, "dev")

    change = seen.in_force.change
    assert change
    assert change.subject == "Edit by hand"
    assert change.commit == world.git("rev-parse", "main~2").strip()
    assert "<" in change.author
    assert seen.answer.startswith(f"v1.2.0 is in dev by no promotion: {change.author} put it there")
    (drift,) = seen.drift
    assert drift.kind == "not-by-promontory"
    assert f"put there by {change.author}" in drift.message
    assert drift.message.endswith("the last that Promontory brought is v1.1.0")
    assert commands(seen) == [
        "promontory promote web-app v1.2.0 --to dev",
        "promontory rollback web-app dev --to v1.1.0",
    ]


def test_what_was_there_before_promontory_is_no_drift(world: World) -> None:
    seen = asked(world, "staging")

    assert seen.drift == ()
    assert seen.in_force.change
    assert seen.in_force.before is None
    assert commands(seen) == ["promontory promote web-app v1.0.0 --to staging"]


def test_a_hostile_release_in_git_is_shown_as_text_and_typed_by_nobody(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    world.edit("apps/web-app/dev/kustomization.yaml", r"newTag: \S+", 'newTag: "v1; rm -rf ~ `id` <b>"')

    seen = asked(world, "dev")

    assert not any("rm -rf" in command for command in commands(seen))
    assert "<b>" not in explanation_report(seen)


def test_what_ledger_and_git_call_hostile_never_gets_into_a_command(world: World, hops: Hops) -> None:
    hops.append("found", "dev", SCARY)

    seen = asked(world, "dev")

    assert seen.in_force.before == SCARY
    assert not any("rm -rf" in command for command in commands(seen))


def test_unhealthy_and_left_there(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v6.6.6", "dev")
    hops.verify(hop, entry)

    seen = asked(world, "dev")

    assert seen.answer == "v6.6.6 is in dev and unhealthy: fake dev: v6.6.6 is broken"
    assert commands(seen) == ["promontory rollback web-app dev"]


def test_pushed_and_not_verified_yet(world: World, hops: Hops) -> None:
    hops.push("v1.1.0", "dev")
    world.clock.move(timedelta(minutes=5))

    seen = asked(world, "dev")

    assert seen.answer == "v1.1.0 is in dev since 2025-03-01 12:00 UTC, and not verified yet"
    assert commands(seen) == ["promontory promote web-app v1.1.0 --to dev"]


def test_without_checks_nobody_verifies_it(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PIPELINE.replace("  dev:\n    verify: [{kind: fake, broken: [v6.6.6]}]", "  dev: {}"))
    Hops(world.workspace()).promote("v1.1.0", "dev")

    seen = asked(world, "dev")

    assert "no checks are configured, so nobody verifies it" in seen.answer
    assert seen.next == ()


def test_whom_to_call_is_told(make_world: MakeWorld) -> None:
    world = make_world(pipeline=PIPELINE.replace("    after: dev\n", "    after: dev\n    owner: team-web\n"))
    Hops(world.workspace()).promote("v1.1.0", "dev")

    seen = asked(world, "staging")

    assert seen.owner == "team-web"
    assert {gate.owner for gate in seen.gates} == {"team-web"}

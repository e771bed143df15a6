"""`promontory explain`: the page that people read at night, whole, in what wakes them; JSON and Markdown."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from promontory.cli.explained import show, show_briefly
from promontory.cli.moments import relative
from promontory.clock import moment
from promontory.health import ControllerReport, Health, Trouble
from promontory.model import GateState
from promontory.promotion.explaining.explain import concluded, everywhere
from promontory.promotion.explaining.live import Live
from promontory.promotion.explaining.values import Explanation, Unseen
from tests.cli.conftest import Command, Sample
from tests.cli.test_commands import on_a_terminal
from tests.promotion.explaining.asking import approve, asked, request
from tests.promotion.world import PIPELINE, Hops, World, create_world

GOLDEN = Path(__file__).parent / "explained"
WHO = "approval: {required: 2, approvers: [alice@acme.example, bob@acme.example], expires: 4h}"
GATES = ("hold", "provenance", "window", "approval")
HOSTILE = "\x1b[2J\x07 <b>[link](http://x)</b>\nfake line"


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    pipeline = PIPELINE.replace("approval: {required: 1}", WHO).replace(
        "    after: staging\n", "    after: staging\n    owner: team-web\n"
    )
    made = create_world(tmp_path, pipeline=pipeline)
    yield made
    made.close()


def page(capsys: pytest.CaptureFixture[str], world: World, seen: Explanation) -> str:
    """What is printed, with ids and commits that differ from run to run replaced.

    Only of gates that are what these situations are about: there may be others.
    """
    capsys.readouterr()
    show(seen.model_copy(update={"gates": tuple(gate for gate in seen.gates if gate.gate in GATES)}))
    text = capsys.readouterr().out
    for stage in (*seen.way, seen.in_force):
        text = text.replace(stage.promotion or "\0", "PROMOTION")
    if change := asked(world, seen.environment).in_force.change:
        text = text.replace(relative(change.at, seen.at), "WHEN").replace(moment(change.at), "WHEN")
    for commit in world.git("rev-list", "--all").split():
        text = text.replace(commit[:12], "COMMIT")
    return text


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def waits_for_people(world: World) -> Explanation:
    promotion = request(world, "v1.1.0")
    world.clock.move(timedelta(hours=1))
    approve(world, promotion, "Alice <alice@acme.example>")
    return asked(world, "production")


def waits_for_a_window(world: World) -> Explanation:
    Hops(world.workspace()).promote_through("v1.1.0", "dev", "staging")
    seen = asked(world, "production")
    opens = world.clock.now() + timedelta(hours=13)
    shut = GateState(gate="window", open=False, reason="no window is open", owner="team-web", opens=opens, waits=True)
    given = GateState(gate="approval", open=True, reason="given by alice@acme.example")
    here = seen.stage.model_copy(
        update={"state": "waiting", "until": opens, "run": "run-2", "since": world.clock.now()}
    )
    others = tuple(gate for gate in seen.gates if gate.gate not in ("window", "approval"))
    told = {"gates": (*others, shut, given), "earliest": opens, "not_before": opens, "needs": ()}
    return concluded(seen.model_copy(update={**told, "way": (*seen.way[:-1], here)}), Live())


def was_taken_back(world: World) -> Explanation:
    Hops(world.workspace()).promote_through("v7.7.7", "dev", "staging")
    world.clock.move(timedelta(hours=2))
    return asked(world, "staging")


def is_out_of_sync(world: World) -> Explanation:
    Hops(world.workspace()).promote_through("v1.1.0", "dev", "staging")
    trouble = Trouble(
        kind="auto-sync-off",
        message="is OutOfSync, and its sync policy is manual: nobody syncs it but people",
        remedy="argocd app sync web-app-staging",
    )
    report = ControllerReport(
        subject="Application argocd/web-app-staging",
        health=Health.PROGRESSING,
        reason="is OutOfSync at our revision",
        in_place=False,
        facts={"sync": "OutOfSync", "health": "Healthy"},
        troubles=(trouble,),
    )
    away = Unseen(what="kubernetes web-app", why="did not answer within 10 s")
    return concluded(asked(world, "staging"), Live((report,), None, (away,)), asked=True)


def was_changed_by_hand(world: World) -> Explanation:
    Hops(world.workspace()).promote_through("v1.1.0", "dev", "staging")
    world.edit("apps/web-app/staging/kustomization.yaml", r"newTag: \S+", "newTag: v1.2.0", "Hurry")
    seen = asked(world, "staging")
    assert seen.in_force.change
    when = seen.in_force.change.model_copy(update={"at": world.clock.now(), "author": "Bob <bob@acme.example>"})
    return concluded(seen.model_copy(update={"in_force": seen.in_force.model_copy(update={"change": when})}), Live())


SITUATIONS = [waits_for_people, waits_for_a_window, was_taken_back, is_out_of_sync, was_changed_by_hand]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_the_page(situation: Any, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert page(capsys, world, situation(world)) == golden(situation.__name__)


def test_all_environments_in_a_line_each(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    Hops(world.workspace()).promote("v1.1.0", "dev")

    show_briefly(everywhere(world.workspace(), "web-app"))

    assert capsys.readouterr().out.splitlines() == [
        "dev  v1.1.0 is in dev, verified 2025-03-01 12:00 (just now)",
        "staging  v1.1.0 is not in staging: nobody has promoted it there yet, and the gates are open",
        "  → promontory promote web-app v1.1.0 --to staging",
        "production  v1.1.0 is not in production: v1.1.0 is not verified in staging yet",
        "  → promontory promote web-app v1.1.0 --to staging",
    ]


def test_hostile_texts_are_shown_and_do_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    Hops(world.workspace()).append("held", "dev", "v1.1.0", reason=HOSTILE)

    show(asked(world, "dev", "v1.1.0"))

    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert not any(line.startswith("fake line") for line in out.splitlines())


def test_json_has_its_keys_and_exact_times(sample: Sample, command: Command) -> None:
    waiting = sample.request()

    ended = command("explain", "web-app", "production", "--offline", "--json")

    assert ended.code == 0
    seen = ended.json
    assert set(seen) == set(Explanation.model_fields)
    assert (seen["version"], seen["release"], seen["there"]) == (1, "v1.3.0", False)
    assert seen["way"][-1]["promotion"] == waiting.promotion
    assert seen["next"][0]["command"] == f"promontory approve {waiting.promotion}"
    assert Explanation.model_validate(seen).answer == seen["answer"]


def test_json_of_all_environments_is_a_list(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")

    assert [seen["environment"] for seen in command("explain", "web-app", "--offline", "--json").json] == [
        "dev",
        "staging",
        "production",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("web-ap", "production"), 'did you mean "web-app"?'),
        (("web-app", "productio"), 'did you mean "production"?'),
        (("web-app", "production", "v1 3"), "release"),
    ],
)
def test_names_that_nobody_knows_are_2(sample: Sample, command: Command, arguments: tuple[str, ...], told: str) -> None:
    ended = command("explain", *arguments, "--offline")

    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_markdown_is_all_that_is_printed(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")

    ended = command("explain", "web-app", "staging", "--offline", "--markdown")

    assert ended.out.startswith("**v1.3.0 is not in staging: ")
    assert "```sh\npromontory promote web-app v1.3.0 --to staging\n```" in ended.out
    assert ended.err == ""


def test_without_a_cluster_the_rest_is_answered(
    sample: Sample, command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("KUBECONFIG", "/nowhere")
    environment.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    sample.promote("v1.3.0", "dev", "staging")

    ended = command("explain", "web-app", "production", "--timeout", "3")

    assert ended.code == 0
    assert "asking clusters and servers, 3 s at most" in ended.err
    assert "v1.3.0 is not in production" in ended.out.splitlines()[0]
    assert "could not be asked: " in ended.out


def test_a_terminal_gets_colours_its_width_and_no_colours_where_they_are_not_wanted(sample: Sample) -> None:
    sample.promote("v1.3.0", "dev")
    arguments = ("explain", "web-app", "staging", "--offline")

    plain = on_a_terminal(*arguments, NO_COLOR="1", COLUMNS="60")

    assert "\x1b[" in on_a_terminal(*arguments)
    assert "\x1b[3" not in plain
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in plain.splitlines()[1:]]
    assert 40 < max(map(len, rows)) <= 60

"""`promontory plan`: exactly what would be pushed, and nothing done."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promontory.promotion.approving import answer
from promontory.sandbox.sample import sample_files
from tests.cli.conftest import NOWHERE, Command, Sample


def test_it_shows_the_diff_that_is_then_pushed(sample: Sample, command: Command) -> None:
    ended = command("plan", "web-app", "v1.3.0", "--to", "dev")
    sample.promote("v1.3.0", "dev")

    assert ended.code == 0
    pushed = sample.git("show", "--format=", "--no-abbrev", "main").splitlines()
    shown = [line.removeprefix("  ") for line in ended.out.splitlines()]
    for line in (line for line in pushed if line[:1] in "+-"):
        assert line in shown
    assert "-    newTag: v1.2.0    # promoted by Promontory" in shown


def test_it_writes_nothing(sample: Sample, command: Command) -> None:
    command("hold", "add", "web-app", "dev", "v1.3.0", "--reason", "no")
    before = sample.refs

    assert command("plan", "web-app", "v1.3.0").code == 3
    assert sample.refs == before


def test_a_hop_that_comes_later_has_a_provenance_that_opens(sample: Sample, command: Command) -> None:
    ended = command("plan", "web-app", "v1.3.0", "--to", "production")

    assert ended.code == 0
    assert "provenance opens once dev is verified" in ended.out
    assert "provenance opens once staging is verified" in ended.out
    assert "it could go: dev, then staging, then production" in ended.out


def test_what_is_there_already_is_skipped_and_says_why(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")

    ended = command("plan", "web-app", "v1.3.0", "--to", "staging")

    assert "dev          skipped: already runs v1.3.0, verified" in ended.out
    assert "provenance is open" in ended.out


def test_a_held_release_is_stopped_with_the_reason_and_exit_3(sample: Sample, command: Command) -> None:
    command("hold", "add", "web-app", "staging", "v1.3.0", "--reason", "CVE-1")

    ended = command("plan", "web-app", "v1.3.0")

    assert ended.code == 3
    assert "hold is closed: v1.3.0 is held in staging" in ended.out
    assert "CVE-1" in ended.out
    assert "→ promontory hold lift web-app staging v1.3.0" in ended.out
    assert "it would stop at staging" in ended.out


def test_a_hold_by_hand_that_was_lifted_lets_it_move_on(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")
    command("hold", "add", "web-app", "dev", "v1.3.0", "--reason", "wait")
    assert command("plan", "web-app", "v1.3.0", "--to", "staging").code == 3

    command("hold", "lift", "web-app", "dev", "v1.3.0")

    assert command("plan", "web-app", "v1.3.0", "--to", "staging").code == 0


def test_it_says_where_an_approval_stands(sample: Sample, command: Command) -> None:
    assert "approval  1 more approval wanted" in command("plan", "web-app", "v1.3.0").out
    request = sample.request()
    assert f"(asked for already: {request.promotion})" in command("plan", "web-app", "v1.3.0").out

    answer(sample.workspace("alice"), request.promotion, "approved", "", "test")

    ended = command("plan", "web-app", "v1.3.0")
    assert "approval  given by alice" in ended.out
    assert request.digest in ended.out


def test_an_environment_without_checks_is_said_to_be_never_verified(
    sample: Sample, command: Command, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load(sample_files(NOWHERE)["promontory.yaml"])
    del config["environments"]["staging"]["verify"]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    environment.setenv("PROMONTORY_CONFIG", str(path))

    ended = command("plan", "web-app", "v1.3.0")

    assert "no checks are configured: it is deployed but never verified" in ended.out
    assert "provenance opens once staging is deployed" in ended.out


def test_copied_files_are_planned_when_the_environment_before_has_them(
    sample: Sample, command: Command, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    config = sample_files(NOWHERE)["promontory.yaml"].decode()
    path = tmp_path / "mine.yaml"
    path.write_text(config.replace("      image: ghcr", "      copy: [replicas.yaml]\n      image: ghcr"))
    environment.setenv("PROMONTORY_CONFIG", str(path))

    ended = command("plan", "web-app", "v1.3.0", "--to", "staging")

    assert ended.code == 0
    assert "can be planned once dev runs v1.3.0" in ended.out


def test_json_is_one_document(sample: Sample, command: Command) -> None:
    ended = command("plan", "web-app", "v1.3.0", "--to", "staging", "--json")

    assert (ended.code, ended.err) == (0, "")
    dev, staging = ended.json["hops"]
    assert (dev["environment"], dev["step"], dev["digest"][:7]) == ("dev", "promote", "sha256:")
    assert staging["waits_for"] == ["dev"]
    assert "+    newTag: v1.3.0" in staging["plan"]["diff"]


@pytest.mark.parametrize("release", ["", "v1 3", "v1\n3", "v1..3", "v1:3", "sha256:12", "v1\x1b"])
def test_what_cannot_be_a_release_is_refused(command: Command, release: str) -> None:
    ended = command("plan", "web-app", release)

    assert (ended.code, ended.out) == (2, "")
    assert "→ give a version such as v1.3.0" in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("web-ap", "v1.3.0"), 'no application "web-ap" (did you mean "web-app"?)'),
        (("web-app", "v1.3.0", "--to", "stagin"), 'no environment "stagin" (did you mean "staging"?)'),
    ],
)
def test_names_that_do_not_exist_are_refused(
    sample: Sample, command: Command, arguments: tuple[str, ...], message: str
) -> None:
    ended = command("plan", *arguments)

    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err

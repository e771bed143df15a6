"""The real command's exit codes, and what it prints where."""

from __future__ import annotations

import json

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.stage import overlay

PIPELINE = {"dev": {}, "staging": {"after": "dev", "verify": {"deadline": "4s"}}}
BROKEN = "v1.4.0"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("web-app", ""), "release"),
        (("web-app", "v1 3"), "release"),
        (("web-app", "--", "-v1"), "release"),
        (("web-app", "../v1"), "release"),
        (("web-app", "v1:3"), "release"),
        (("web-app", "v1\n3"), "release"),
        (("web-ap", "v1.3.0"), 'did you mean "web-app"'),
        (("web-app", "v1.3.0", "--to", "stagin"), 'did you mean "staging"'),
        (("web-app", "v1.3.0", "--to", "production"), "no environment"),
        (("web-app", "v1.3.0", "--repository", "/nowhere/gitops.git"), "/nowhere/gitops.git"),
        (("web-app", "v1.3.0", "--config", "/nowhere.yaml"), "/nowhere.yaml"),
    ],
)
def test_bad_input_is_2_and_changes_nothing(make_stage: MakeStage, arguments: tuple[str, ...], told: str) -> None:
    stage = make_stage(PIPELINE)

    ended = stage.run("promote", *arguments, code=2)

    assert told in ended.stderr, ended
    assert "Traceback" not in ended.stderr
    assert stage.subjects() == []
    assert stage.entries() == []


def test_a_broken_configuration_is_2_with_every_problem_and_its_place(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE)
    stage.edit("promontory.yaml", '"after": "dev"', '"after": "devv"')
    stage.edit("promontory.yaml", '"kind": "directory"', '"kind": "directry"')

    ended = stage.run("promote", "web-app", "v1.3.0", code=2)

    assert 'did you mean "dev"?' in ended.stderr, ended
    assert 'did you mean "directory"?' in ended.stderr
    assert ended.stderr.count("promontory.yaml:") == 2


def test_the_ways_to_end(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, broken=(f"{BROKEN}@staging",))

    stage.run("promote", "web-app", "v1.3.0", code=0)
    again = stage.run("promote", "web-app", "v1.3.0", code=0)
    untested = stage.run("promote", "web-app", "untested", code=3)
    reverted = stage.run("promote", "web-app", BROKEN, "--json", code=4)
    held = stage.run("promote", "web-app", BROKEN, code=3)

    assert again.stdout.count("skipped") == 2, again
    assert "tests-failed" in untested.stdout
    document = json.loads(reverted.stdout)
    assert [hop["status"] for hop in document["hops"]] == ["verified", "reverted"]
    assert "held" in held.stdout
    for ended in (again, untested, reverted, held):
        assert "\x1b" not in ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr, ended
    assert_agreement(stage)


def test_waiting_for_an_approval_without_a_terminal_is_3(make_stage: MakeStage) -> None:
    stage = make_stage({"staging": {"approval": {}}})

    ended = stage.run("promote", "web-app", "v1.3.0", "--json", code=3)

    document = json.loads(ended.stdout)
    assert document["hops"][0]["status"] == "waiting"
    assert document["hops"][0]["promotion"] in document["hops"][0]["remedy"]
    assert stage.subjects() == []


def test_a_revert_that_is_refused_is_5_and_says_what_to_do(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, broken=(f"{BROKEN}@staging",))
    stage.hook("update", 'case "$(git log -1 --format=%s "$3")" in Revert*) echo frozen >&2; exit 1;; esac')

    ended = stage.run("promote", "web-app", BROKEN, code=5)

    assert "revert-failed" in ended.stdout, ended
    assert "frozen" in ended.stdout
    assert "promontory rollback web-app staging" in ended.stdout
    assert_agreement(stage)
    (stage.origin / "hooks" / "update").unlink()
    stage.run("rollback", "web-app", "staging", "--to", "v1.2.0", code=0)
    assert stage.release("staging") == "v1.2.0"
    assert_agreement(stage)


def test_a_revert_to_a_release_that_is_broken_as_well_is_5(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, broken=(f"{BROKEN}@staging", "v1.2.0@staging"))

    ended = stage.run("promote", "web-app", BROKEN, code=5)

    assert "not healthy either" in ended.stdout, ended
    assert stage.release("staging") == "v1.2.0"
    assert_agreement(stage)


def test_a_file_that_is_no_yaml_is_2_and_changes_nothing(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE)
    stage.edit(overlay("dev"), "images:", "images: [")

    ended = stage.run("promote", "web-app", "v1.3.0", code=2)

    assert overlay("dev") in ended.stdout + ended.stderr, ended
    assert stage.subjects() == ["Edit by hand"]


def test_the_demo_proves_what_it_tells(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE)

    ended = stage.run("demo", "--yes", "--directory", str(stage.directory / "demo"), code=0)

    assert "✗" not in ended.stdout, ended
    assert ended.stdout.count("✓") == 8

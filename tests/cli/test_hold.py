"""`promontory hold`: by hand, and twice does no harm."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command, Sample

HOLD = ("web-app", "staging", "v1.3.0")


def test_a_hold_is_listed_until_it_is_lifted(sample: Sample, command: Command) -> None:
    assert command("hold", "list").out == "nothing is held\n"

    assert command("hold", "add", *HOLD, "--reason", "CVE-1").out == "held: v1.3.0 of web-app in staging\n"
    line = command("hold", "list", "web-app").out.splitlines()[1]
    assert "v1.3.0" in line
    assert line.endswith("Ada <ada@acme.example>  CVE-1")
    assert [entry["release"] for entry in command("hold", "list", "--json").json] == ["v1.3.0"]

    assert command("hold", "lift", *HOLD, "--reason", "fixed").code == 0
    assert command("hold", "list", "--json").json == []


def test_holding_twice_records_one(sample: Sample, command: Command) -> None:
    command("hold", "add", *HOLD, "--reason", "CVE-1")

    ended = command("hold", "add", *HOLD, "--reason", "another")

    assert ended.code == 0
    assert "is held already" in ended.out
    assert "CVE-1" in ended.out
    assert len(command("history", "--json").json) == 1


def test_lifting_twice_is_nothing_to_do(sample: Sample, command: Command) -> None:
    command("hold", "add", *HOLD, "--reason", "CVE-1")
    command("hold", "lift", *HOLD)

    ended = command("hold", "lift", *HOLD)

    assert (ended.code, ended.out) == (
        0,
        "v1.3.0 of web-app in staging is not held any more: its hold was lifted before\n",
    )


def test_lifting_what_was_never_held_is_a_mistake(sample: Sample, command: Command) -> None:
    command("hold", "add", *HOLD, "--reason", "CVE-1")

    ended = command("hold", "lift", "web-app", "staging", "v1.3.1")

    assert ended.code == 2
    assert "v1.3.1 is not held in staging: v1.3.0 is" in ended.err


def test_what_was_recorded_is_said_as_json(sample: Sample, command: Command) -> None:
    added = [command("hold", "add", *HOLD, "--reason", "CVE-1", "--json").json for _ in range(2)]
    lifted = [command("hold", "lift", *HOLD, "--json").json for _ in range(2)]

    assert [(it["kind"], it["release"], it["reason"], it["new"]) for it in added] == [
        ("held", "v1.3.0", "CVE-1", True),
        ("held", "v1.3.0", "CVE-1", False),
    ]
    assert (lifted[0]["kind"], lifted[0]["new"]) == ("lifted", True)
    assert lifted[1] == {"new": False}


def test_the_list_can_be_of_one_environment(sample: Sample, command: Command) -> None:
    command("hold", "add", *HOLD, "--reason", "CVE-1")
    command("hold", "add", "web-app", "dev", "v1.4.0", "--reason", "CVE-2")

    listed = command("hold", "list", "--environment", "dev", "--json").json

    assert [(entry["environment"], entry["release"]) for entry in listed] == [("dev", "v1.4.0")]
    assert command("hold", "list", "web-app", "--environment", "nowhere").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("web", "staging", "v1"),
        ("web-app", "nowhere", "v1"),
        ("web-app", "staging", "v..1"),
        ("web-app", "staging", ""),
    ],
)
def test_bad_names_change_nothing(sample: Sample, command: Command, arguments: tuple[str, ...]) -> None:
    before = sample.refs

    ended = command("hold", "add", *arguments, "--reason", "x")

    assert (ended.code, ended.out, sample.refs) == (2, "", before)

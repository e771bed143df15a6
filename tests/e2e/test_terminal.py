"""Somebody sits at a terminal: is asked there, sees colours or not, and may press Ctrl-C."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.processes import promontory
from tests.e2e.stage import Stage
from tests.e2e.terminal import Terminal

QUESTION = "[l]ater"


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage({"staging": {"approval": {}}})


def in_terminal(stage: Stage, *arguments: str, colours: bool = False) -> Terminal:
    environment = {name: value for name, value in stage.environment.items() if not (colours and name == "NO_COLOR")}
    return Terminal(promontory(*arguments), environment, stage.directory)


def test_a_yes_in_the_terminal_promotes(stage: Stage) -> None:
    with in_terminal(stage, "promote", "web-app", "v1.3.0", "--as", "Alice") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("y")
        code = terminal.wait()

    assert code == 0, terminal.shown
    assert "+    newTag: v1.3.0" in terminal.shown
    assert "Approved-By: Alice" in stage.git("log", "-1", "--format=%B", "main")
    assert_agreement(stage, ("staging",))


def test_a_no_in_the_terminal_is_3(stage: Stage) -> None:
    with in_terminal(stage, "promote", "web-app", "v1.3.0") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("n")
        terminal.wait_for("Why not?")
        terminal.type("the shop is full")
        code = terminal.wait()

    assert code == 3, terminal.shown
    assert stage.entries("staging")[-1].reason == "the shop is full"
    assert stage.subjects() == []


def test_ctrl_c_at_the_question_is_130_and_the_question_stays(stage: Stage) -> None:
    with in_terminal(stage, "promote", "web-app", "v1.3.0") as terminal:
        terminal.wait_for(QUESTION)
        os.killpg(terminal.process.pid, signal.SIGINT)
        code = terminal.wait()

    assert code == 130, terminal.shown
    assert "Traceback" not in terminal.shown
    assert stage.kinds("staging")[-1] == "requested"


def test_an_answer_given_elsewhere_counts(stage: Stage) -> None:
    with in_terminal(stage, "promote", "web-app", "v1.3.0") as terminal:
        terminal.wait_for(QUESTION)
        stage.run("approve", stage.entries("staging")[-1].promotion, "--as", "Bob", code=0)
        code = terminal.wait()

    assert code == 0, terminal.shown
    assert "Approved-By: Bob" in stage.git("log", "-1", "--format=%B", "main")


@pytest.mark.parametrize("colours", [True, False], ids=["colours", "NO_COLOR"])
@pytest.mark.parametrize("command", [("status",), ("promote", "web-ap", "v1"), ("validate",)], ids=lambda c: c[0])
def test_colours_can_be_turned_off(stage: Stage, command: tuple[str, ...], colours: bool) -> None:
    with in_terminal(stage, *command, colours=colours) as terminal:
        terminal.wait()

    assert ("\x1b[3" in terminal.shown or "\x1b[1;3" in terminal.shown) == colours, terminal.shown

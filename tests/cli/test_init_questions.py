"""What `promontory init` asks, and what it makes of the answers."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from promontory.cli.init_questions import ask, read_names, read_order
from promontory.discovery.findings import ApplicationProposal, Choices, EnvironmentProposal, Proposal

PROPOSAL = Proposal(
    tuple(ApplicationProposal(name, {}, {}, {}) for name in ("api", "web-app")),
    (
        EnvironmentProposal("dev"),
        EnvironmentProposal("prod-eu", ("dev",), production=True),
        EnvironmentProposal("prod-us", ("dev",), production=True),
    ),
)


def answered(*lines: str) -> tuple[Choices, str]:
    """The choices, and everything that the terminal showed."""
    with CliRunner().isolation(input="\n".join(lines) + "\n") as streams:
        return ask(PROPOSAL), streams[1].getvalue().decode()


def test_enter_takes_what_the_names_suggest() -> None:
    choices, shown = answered("", "", "")

    assert choices == Choices((("dev",), ("prod-eu", "prod-us")), (), ("api", "web-app"))
    assert "Found 2 applications: api, web-app" in shown
    assert "In which order? [dev, prod-eu + prod-us]: " in shown
    assert "Who approves promotions to prod-eu and prod-us? (names or addresses, or anybody) [anybody]: " in shown


def test_answers_count_and_what_cannot_be_read_is_asked_again() -> None:
    choices, shown = answered("web", "web-app", "prod-eu, dev", "prod-eu + dev, prod-us", "ada@acme.example, bob")

    assert choices == Choices((("prod-eu", "dev"), ("prod-us",)), ("ada@acme.example", "bob"), ("web-app",))
    assert 'Error: no application "web" (did you mean "web-app"?)' in shown
    assert "Error: where does prod-us belong?" in shown


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("dev, stagin, prod", 'no environment "stagin" (known: dev, prod)'),
        ("dev, dev, prod", "an environment stands there twice"),
        ("dev,, prod", 'no environment "" (known: dev, prod)'),
    ],
)
def test_an_order_that_cannot_be_is_refused(answer: str, message: str) -> None:
    with pytest.raises(click.BadParameter) as error:
        read_order(answer, ("dev", "prod"))

    assert error.value.message == message


def test_all_is_every_name() -> None:
    assert read_names("all", ("a", "b")) == ("a", "b")

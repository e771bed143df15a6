from __future__ import annotations

from typing import Literal

from config.samples import APPLICATIONS, EXAMPLE, VOCABULARY, read
from promontory.config import Vocabulary, load, warnings
from promontory.options import Options


class Ping(Options):
    """A check that cannot tell one release from another, and says so."""

    kind: Literal["ping"]

    @property
    def proves_release(self) -> bool:
        return False


def test_an_environment_that_nobody_verifies_is_worth_a_word() -> None:
    config = read(APPLICATIONS + "environments:\n  dev:\n    description: here\n")

    assert [str(problem) for problem in warnings(config)] == [
        "promontory.yaml:3:3: environments.dev: there is no verify: a release is deployed here, "
        "but nobody knows whether it is healthy"
    ]


def test_checks_that_cannot_tell_releases_apart_are_worth_a_word() -> None:
    vocabulary = Vocabulary(strategies=VOCABULARY.strategies, checks={"ping": Ping})
    text = APPLICATIONS + "environments:\n  dev:\n    verify: [{kind: ping}]\n"

    (warning,) = warnings(load(text, file="promontory.yaml", vocabulary=vocabulary))

    assert str(warning).startswith("promontory.yaml:4:5: environments.dev.verify: no check shows which release")


def test_production_that_nobody_approves_is_worth_a_word() -> None:
    text = EXAMPLE.replace("expires: 24h", "expires: 1h")
    without = "\n".join(
        line
        for line in text.splitlines()
        if not line.strip().startswith(("approval", "required", "approvers", "expires"))
    )

    assert not [warning for warning in warnings(read(text)) if "approval" in warning.message]
    (warning,) = [warning for warning in warnings(read(without)) if "approval" in warning.message]
    assert warning.where == "environments.production"

"""The contract, against each of the three forges: checks and statuses of commits."""

from __future__ import annotations

from typing import Any

import pytest

from forges.conftest import HEAD
from forges.fake_forge import FakeForge, sha_of
from promontory.errors import ForgeError
from promontory.forges import Forge, StatusState


def test_a_commit_that_nobody_reported_on_has_no_checks(forge: Forge) -> None:
    checks = forge.checks(sha_of("quiet"))

    assert (checks.state, checks.reasons) == ("none", ())


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([("ci/build", "success"), ("lint", "success")], "success"),
        ([("ci/build", "success"), ("lint", "pending")], "pending"),
        ([("ci/build", "pending"), ("lint", "success")], "pending"),
        ([("ci/build", "pending"), ("lint", "failure")], "failure"),
        ([("ci/build", "failure"), ("lint", "pending")], "failure"),
    ],
)
def test_the_worst_of_statuses_and_checks_counts(
    fake: FakeForge, forge: Forge, reports: list[Any], state: StatusState
) -> None:
    sha = fake.branches[HEAD]
    fake.set_checks(sha, *reports)

    assert forge.checks(sha).state == state


def test_reasons_name_what_is_not_successful_the_failed_first(fake: FakeForge, forge: Forge) -> None:
    sha = fake.branches[HEAD]
    fake.set_checks(sha, ("ci/slow", "pending"), ("ci/build", "failure", "3 tests failed"), ("ci/fine", "success"))

    failed, waiting = forge.checks(sha).reasons

    assert failed.startswith("ci/build: fail")
    assert failed.endswith("(3 tests failed)")
    assert waiting.startswith("ci/slow: ")


def test_our_own_status_does_not_keep_our_request_waiting(fake: FakeForge, forge: Forge) -> None:
    sha = fake.branches[HEAD]
    fake.set_checks(sha, ("ci/build", "success"))
    forge.set_status(sha, "promontory/production", "pending", "waits for its approval")

    assert forge.checks(sha).state == "success"


def test_all_pages_of_checks_are_read(fake: FakeForge, forge: Forge) -> None:
    sha = fake.branches[HEAD]
    fake.set_checks(sha, *[(f"ci/{number}", "success") for number in range(130)], ("ci/last", "failure"))

    assert forge.checks(sha).state == "failure"


def test_pages_may_be_smaller_than_asked_for(fake: FakeForge, forge: Forge) -> None:
    fake.most_per_page = 2
    sha = fake.branches[HEAD]
    fake.set_checks(sha, *[(f"ci/{number}", "success") for number in range(5)], ("ci/last", "failure"))

    assert forge.checks(sha).reasons[0].startswith("ci/last: ")


def test_more_checks_than_can_be_read_are_an_error_not_a_guess(fake: FakeForge, forge: Forge) -> None:
    fake.most_per_page = 2
    sha = fake.branches[HEAD]
    fake.set_checks(sha, *[(f"ci/{number}", "success") for number in range(30)])

    with pytest.raises(ForgeError, match="lists more than 20 items at "):
        forge.checks(sha)


@pytest.mark.parametrize("state", ["pending", "success", "failure"])
def test_a_status_is_set_and_can_be_set_again(fake: FakeForge, forge: Forge, state: StatusState) -> None:
    sha = fake.branches[HEAD]
    for _ in range(2):
        forge.set_status(sha, "promontory/dev", state, "v1.3.0", "https://prefect.acme.example/runs/1")

    status = fake.statuses[sha]["promontory/dev"]
    assert status["state"] == ("failed" if (fake.kind, state) == ("gitlab", "failure") else state)
    assert (status["description"], status["target_url"]) == ("v1.3.0", "https://prefect.acme.example/runs/1")


def test_a_long_description_is_cut(fake: FakeForge, forge: Forge) -> None:
    sha = fake.branches[HEAD]
    forge.set_status(sha, "promontory/dev", "failure", "x" * 200)

    assert fake.statuses[sha]["promontory/dev"]["description"] == "x" * 139 + "…"

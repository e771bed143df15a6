"""How a run ends: its exit code is the worst of its hops', its summary says why."""

from __future__ import annotations

from typing import get_args

import pytest

from promontory.promotion.values import STATE_NAMES, Hop, HopOutcome, Result, Status, exit_code_of


def outcome(status: Status, environment: str = "dev", **fields: object) -> HopOutcome:
    values = {"application": "web-app", "environment": environment, "release": "v1", "status": status}
    return HopOutcome.model_validate({**values, **fields})


def result(*outcomes: HopOutcome, **fields: object) -> Result:
    return Result.model_validate({"application": "web-app", "release": "v1", "hops": outcomes, **fields})


def test_every_status_has_an_exit_code_and_every_exit_code_a_name() -> None:
    codes = {outcome(status).exit_code for status in get_args(Status)}

    assert codes == set(STATE_NAMES) - {2}
    assert {exit_code_of(name) for name in STATE_NAMES.values()} == set(STATE_NAMES)
    assert exit_code_of("Crashed") == 1


@pytest.mark.parametrize(
    ("statuses", "name"),
    [
        (["superseded"], "Superseded"),
        (["verified", "superseded", "stopped"], "Superseded"),
        (["superseded", "closed"], "NotAllowed"),
        (["superseded", "reverted"], "Reverted"),
        (["verified"], "Completed"),
    ],
)
def test_a_run_is_called_superseded_if_nothing_else_stopped_it(statuses: list[Status], name: str) -> None:
    ended = result(*(outcome(status) for status in statuses))

    assert ended.state_name == name
    assert exit_code_of(name) == ended.exit_code


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], 0),
        (["skipped", "verified", "deployed"], 0),
        (["verified", "waiting"], 3),
        (["reverted", "stopped"], 4),
        (["reverted", "verified"], 4),
        (["reverted", "revert-failed"], 5),
        (["closed", "reverted", "failed"], 4),
        (["closed", "failed"], 1),
        (["tests-failed"], 3),
    ],
)
def test_the_worst_hop_decides(statuses: list[Status], code: int) -> None:
    assert result(*(outcome(status) for status in statuses)).exit_code == code


def test_a_hop_that_an_error_ended_has_the_errors_code() -> None:
    assert outcome("failed", error_code=2).exit_code == 2
    assert outcome("failed").exit_code == 1
    assert result(error="no such application", error_code=2).exit_code == 2


def test_the_summary_tells_trouble_before_news() -> None:
    moved, shut = outcome("verified"), outcome("closed", "staging", reason="it is held")

    assert result(moved, shut).summary == "staging: closed: it is held"
    assert result(moved).summary == "web-app v1 verified in dev"
    assert result(outcome("skipped")).summary == "nothing to do"
    assert result(error="cannot reach it").summary == "cannot reach it"
    assert result(error="no key", remedy="sign it: x").summary == "no key → sign it: x", "the UI shows nothing else"
    assert result(note="left as it is").summary == "left as it is"
    assert result(moved, note="left as it is").summary == "web-app v1 verified in dev; left as it is"
    assert result(moved, shut, note="left as it is").summary == "staging: closed: it is held; left as it is"


def test_only_what_arrived_lets_the_next_wave_start() -> None:
    arrived = {status for status in get_args(Status) if outcome(status).arrived}

    assert arrived == {"skipped", "verified", "deployed"}


def test_a_hop_survives_being_written_and_read() -> None:
    hop = Hop(application="web-app", environment="dev", after=("a",), release="v1", promotion="ab", step="promote")

    assert Hop.model_validate_json(hop.model_dump_json()) == hop

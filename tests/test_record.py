"""What a place's entries say: what is in force and how it is judged, what is held, asked and finished."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from promontory.entry import Entry
from promontory.health import Health, Verdict
from promontory.record import Record

START = datetime(2025, 3, 1, 12, tzinfo=UTC)


def record(*lines: str) -> Record:
    """Each line is ``kind release [promotion] [→ previous]``; a verdict's kind is ``good`` or ``bad``."""
    return Record(tuple(_entry(number, line) for number, line in enumerate(lines)))


def _entry(number: int, line: str) -> Entry:
    said, _, previous = line.partition(" → ")
    kind, release, promotion = [*said.split(), "aa"][:3]
    fields: dict[str, object] = {}
    if kind in ("good", "bad"):
        fields["verdict"] = Verdict(health=Health.HEALTHY if kind == "good" else Health.UNHEALTHY)
        kind = "verdict"
    return Entry.model_validate(
        {
            "version": 1,
            "kind": kind,
            "promotion": promotion,
            "application": "web-app",
            "environment": "dev",
            "release": release,
            "previous": previous or None,
            "at": START + timedelta(minutes=number),
            "by": "ci",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("lines", "current", "condition"),
    [
        ([], None, "empty"),
        ([], "v1", "foreign"),
        (["pushed v1"], "v1", "deployed"),
        (["found v1"], "v1", "deployed"),
        (["pushed v1", "good v1"], "v1", "verified"),
        (["pushed v1", "bad v1"], "v1", "unhealthy"),
        (["pushed v1", "good v1", "bad v1"], "v1", "unhealthy"),
        (["pushed v1", "bad v1", "good v1"], "v1", "verified"),
        (["pushed v1", "good v1"], "v2", "foreign"),
        (["pushed v1", "good v1", "pushed v2"], "v2", "deployed"),
        (["pushed v1", "good v1", "pushed v2"], "v1", "foreign"),
        (["pushed v2 → v1", "bad v2", "held v2", "reverted v2 → v1"], "v1", "deployed"),
        (["pushed v2 → v1", "bad v2", "held v2", "reverted v2 → v1", "good v1"], "v1", "verified"),
        (["good v1", "pushed v2 → v1", "reverted v2 → v1"], "v1", "deployed"),
        (["pushed v1", "pushed v2", "good v1"], "v1", "verified"),
        (["pushed v1", "planned v2", "requested v2", "held v2", "lifted v2"], "v1", "deployed"),
        (["pushed v1"], None, "empty"),
    ],
)
def test_standing(lines: list[str], current: str | None, condition: str) -> None:
    assert record(*lines).standing(current).condition == condition


def test_a_standing_names_what_put_the_release_in_force_and_what_judged_it() -> None:
    entries = record("pushed v1 aa", "good v1 aa", "pushed v1 bb", "good v1 bb")

    standing = entries.standing("v1")

    assert (standing.entry, standing.verdict) == (entries.entries[2], entries.entries[3])


@pytest.mark.parametrize(
    ("lines", "verified"),
    [
        ([], False),
        (["pushed v1"], False),
        (["good v1"], True),
        (["good v1", "good v2", "pushed v2"], True),
        (["good v1", "bad v1"], False),
        (["good v1", "held v1"], False),
        (["good v1", "reverted v1"], False),
        (["good v1", "held v1", "lifted v1"], True),
        (["good v1", "held v1", "reverted v1", "lifted v1"], False),
        (["good v1", "held v1", "reverted v1", "lifted v1", "good v1"], True),
        (["good v1", "held v2"], True),
    ],
)
def test_verified(lines: list[str], verified: bool) -> None:
    assert (record(*lines).verified("v1") is not None) is verified


def test_what_passed_an_environment_without_checks_only_had_to_arrive() -> None:
    arrived = record("pushed v1", "pushed v2")
    stopped = record("pushed v1", "held v1")

    assert arrived.deployed("v1") == arrived.entries[0]
    assert arrived.verified("v1") is None
    assert arrived.deployed("v3") is None
    assert stopped.deployed("v1") is None


def test_holds_in_force_oldest_first() -> None:
    entries = record("held v1", "held v2", "lifted v1", "held v3", "held v1", "held v2")

    assert [entry.release for entry in entries.holds()] == ["v3", "v1", "v2"]
    assert entries.hold("v2") is entries.entries[5]
    assert entries.hold("v4") is None


def test_a_request_is_open_until_it_is_used_or_refused() -> None:
    assert record("requested v1").request()
    for end in ("pushed", "rejected", "reverted"):
        assert record("requested v1", f"{end} v1").request() is None
    assert record("requested v1", "approved v1", "pushed v1 bb").request()


def test_requests_are_asked_for_by_release() -> None:
    entries = record("requested v1 aa", "requested v2 bb", "requested v1 aa")

    assert entries.request("v2") is entries.entries[1]
    assert entries.request() is entries.entries[2]
    assert entries.requests() == (entries.entries[2], entries.entries[1])


@pytest.mark.parametrize(
    ("lines", "finished"),
    [
        ([], 0),
        (["planned v1 aa", "requested v1 aa"], 0),
        (["pushed v1 aa"], 0),
        (["rejected v1 aa"], 1),
        (["pushed v1 aa", "reverted v1 aa → v0"], 1),
        (["pushed v1 aa", "pushed v2 bb"], 1),
        (["pushed v1 aa", "pushed v2 bb", "pushed v1 cc", "found v2 dd"], 2),
        (["rejected v1 aa", "rejected v2 bb", "rejected v1 cc"], 2),
    ],
)
def test_finished_promotions_are_counted(lines: list[str], finished: int) -> None:
    assert record(*lines).finished("v1") == finished


@pytest.mark.parametrize(
    ("lines", "waiting"),
    [
        (["requested v1 aa", "waiting v2 bb", "proposed v3 cc"], ["v1", "v2", "v3"]),
        (["waiting v1 aa", "requested v2 bb", "requested v1 aa"], ["v1", "v2"]),
        (["requested v1 aa", "reminded v1 aa", "approved v1 aa"], ["v1"]),
        (["waiting v1 aa", "undelivered v1 aa"], ["v1"]),
        (["waiting v1 aa", "planned v1 aa"], []),
        (["requested v1 aa", "pushed v1 aa", "waiting v2 bb", "superseded v2 bb"], []),
        (["requested v1 aa", "rejected v1 aa", "waiting v2 bb", "pushed v3 cc"], ["v2"]),
    ],
)
def test_what_waits_stands_in_the_order_in_which_it_came(lines: list[str], waiting: list[str]) -> None:
    assert [entry.release for entry in record(*lines).waiting()] == waiting


@pytest.mark.parametrize(
    ("lines", "deployed"),
    [
        (["pushed v1", "bad v1"], True),
        (["pushed v1", "held v1"], False),
        (["pushed v1", "reverted v1 → v0", "lifted v1"], False),
        (["pushed v1", "reverted v1 → v0", "lifted v1", "pushed v1"], True),
        (["pushed v2 → v1", "reverted v2 → v1"], True),
    ],
)
def test_what_was_brought_counts_as_deployed_until_it_is_taken_back(lines: list[str], deployed: bool) -> None:
    assert (record(*lines).deployed("v1") is not None) is deployed

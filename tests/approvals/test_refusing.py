"""Each refusal has a message of its own, and says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.approvals import Rule
from promontory.approvals.refusing import checked_name, checked_note, refusal
from promontory.entry import Entry
from promontory.errors import UsageError
from promontory.people import People
from tests.approvals.entries import OTHER, after, entry

REQUEST = entry("requested", "carol")
RULE = Rule(required=2, approvers=("alice", "bob", "carol"), exclude_requester=True, expires=timedelta(hours=24))
ALIASED = Rule(required=2, approvers=("alice", "bob"), people=People({"alice": ("al",)}))


def told(rule: Rule, given: Entry, entries: list[Entry], hours: float = 1) -> str:
    refused = refusal(rule, given, REQUEST, entries, after(hours))
    return f"{refused.message} → {refused.remedy}" if refused else ""


@pytest.mark.parametrize(
    ("rule", "given", "before", "hours", "message"),
    [
        (RULE, entry("approved", "alice"), [], 1, ""),
        (
            RULE,
            entry("approved", "mallory"),
            [],
            1,
            "mallory is not among the approvers of production: alice, bob, carol",
        ),
        (
            RULE,
            entry("rejected", "mallory"),
            [],
            1,
            "mallory is not among the approvers of production: alice, bob, carol",
        ),
        (
            RULE,
            entry("approved", "carol"),
            [],
            1,
            "carol asked for this promotion, and production wants somebody else's",
        ),
        (RULE, entry("rejected", "carol"), [], 1, ""),
        (
            RULE,
            entry("approved", "alice"),
            [entry("approved", "alice")],
            1,
            "alice has approved this already, 2025-03-01",
        ),
        (RULE, entry("approved", "alice"), [entry("approved", "alice", digest=OTHER)], 1, ""),
        (RULE, entry("rejected", "alice"), [entry("approved", "alice")], 1, ""),
        (RULE, entry("approved", "alice"), [], 25, "the request to approve v1.1.0 for production has expired"),
        (ALIASED, entry("approved", "al"), [entry("approved", "alice")], 1, "al has approved this already as alice, "),
        (Rule(signed=True), entry("approved", "alice"), [], 1, "production wants signed approvals: nobody looked at"),
        (Rule(signed=True), entry("rejected", "alice"), [], 1, ""),
    ],
)
def test_a_refusal_says_what_is_in_the_way(
    rule: Rule, given: Entry, before: list[Entry], hours: float, message: str
) -> None:
    assert told(rule, given, [REQUEST, *before], hours).startswith(message)
    assert bool(told(rule, given, [REQUEST, *before], hours)) is bool(message)


def test_a_refusal_says_whom_to_ask() -> None:
    assert told(RULE, entry("approved", "carol"), [REQUEST]).endswith("→ ask alice or bob")
    assert told(Rule(exclude_requester=True), entry("approved", "carol"), [REQUEST]).endswith("→ ask somebody else")
    assert "→ ask alice or bob, or answer by the name " in told(RULE, entry("approved", "mallory"), [REQUEST])


@pytest.mark.parametrize("name", ["", "   ", "a" * 201, "ali\u200bce", "bell\u0007", "\ud800"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        checked_name(name)


def test_a_name_and_a_note_become_one_line() -> None:
    assert checked_name("  Alice \n Doe ") == "Alice Doe"
    assert checked_note("approved", "looks\r\n good\u202e\ud800") == "looks good"


@pytest.mark.parametrize("note", ["", " \n", "\u200b", "x" * 2001])
def test_a_no_needs_a_reason_that_can_be_read(note: str) -> None:
    with pytest.raises(UsageError, match=r"reason|longer"):
        checked_note("rejected", note)

"""Who said yes, to exactly which plan, and for how long that counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.approvals import Rule, judge, may_answer
from tests.approvals.entries import DIGEST, OTHER, after, entry

ALICE, BOB = "alice@acme.example", "bob@acme.example"


REQUEST = entry("requested")
DAY = timedelta(hours=24)


def test_waits_until_enough_different_people_have_approved() -> None:
    rule = Rule(required=2)

    none = judge(rule, [REQUEST], DIGEST, after(1))
    one = judge(rule, [REQUEST, entry("approved", ALICE)], DIGEST, after(1))
    both = judge(rule, [REQUEST, entry("approved", ALICE), entry("approved", BOB)], DIGEST, after(1))

    assert (none.status, none.missing, none.reason) == ("waiting", 2, "2 more approvals wanted")
    assert (one.status, one.missing, one.by) == ("waiting", 1, (ALICE,))
    assert (both.status, both.by) == ("granted", (ALICE, BOB))


@pytest.mark.parametrize(
    "again",
    [ALICE, "ALICE@acme.example", "Alice <alice@acme.example>", " alice@acme.example ", "A. <Alice@ACME.example>"],
)
def test_one_person_counts_once_however_they_sign(again: str) -> None:
    answers = [REQUEST, entry("approved", ALICE), entry("approved", again, 1)]

    for rule in (Rule(required=2), Rule(required=2, approvers=(ALICE, BOB))):
        assert judge(rule, answers, DIGEST, after(2)).status == "waiting"


def test_an_answer_counts_for_its_own_digest_only() -> None:
    state = judge(Rule(), [REQUEST, entry("approved", ALICE, digest=OTHER)], DIGEST, after(1))

    assert state.status == "waiting"


def test_one_rejection_stops_it_whatever_others_say() -> None:
    answers = [REQUEST, entry("approved", ALICE), entry("rejected", BOB, reason="not on a Friday")]

    state = judge(Rule(), answers, DIGEST, after(1))

    assert (state.status, state.reason) == ("rejected", f"rejected by {BOB}: not on a Friday")


def test_who_is_not_an_approver_does_not_count() -> None:
    state = judge(Rule(approvers=(ALICE,)), [REQUEST, entry("approved", "mallory")], DIGEST, after(1))

    assert state.status == "waiting"
    assert ALICE in state.reason


def test_a_request_expires() -> None:
    rule = Rule(expires=DAY)

    assert judge(rule, [REQUEST], DIGEST, after(24)).status == "waiting"
    state = judge(rule, [REQUEST], DIGEST, after(24.1))
    assert (state.status, state.reason) == ("expired", "nobody answered before 2025-03-02 12:00 UTC")


def test_an_answer_after_the_request_has_expired_does_not_count() -> None:
    state = judge(Rule(expires=DAY), [REQUEST, entry("approved", ALICE, 25)], DIGEST, after(25))

    assert state.status == "expired"


def test_an_approval_stays_good_as_long_as_a_request_waits() -> None:
    answers = [REQUEST, entry("approved", ALICE, 23)]

    assert judge(Rule(expires=DAY), answers, DIGEST, after(46)).status == "granted"
    state = judge(Rule(expires=DAY), answers, DIGEST, after(48))
    assert (state.status, state.by) == ("expired", ())
    assert f"the approval by {ALICE} is too old" in state.reason


def test_an_expired_request_that_some_have_answered_says_so() -> None:
    state = judge(Rule(required=2, expires=DAY), [REQUEST, entry("approved", ALICE, 20)], DIGEST, after(30))

    assert (state.status, state.by) == ("expired", (ALICE,))
    assert state.reason.startswith("not everybody answered before")


def test_without_a_limit_it_waits_for_ever() -> None:
    assert judge(Rule(), [REQUEST], DIGEST, after(10_000)).status == "waiting"
    assert judge(Rule(), [REQUEST, entry("approved", ALICE)], DIGEST, after(10_000)).status == "granted"


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (ALICE, True),
        ("Alice@Acme.Example", True),
        ("Alice <alice@acme.example>", True),
        ("alice", False),
        ("alice@acme.example <mallory@evil.example>", False),
        ("alice@acme.example.evil", False),
        ("", False),
        ("<>", False),
    ],
)
def test_approvers_are_known_by_name_or_address(who: str, allowed: bool) -> None:
    assert may_answer(Rule(approvers=(ALICE,)), who) is allowed


def test_everybody_may_answer_where_nobody_is_named() -> None:
    assert may_answer(Rule(), "anybody at all")

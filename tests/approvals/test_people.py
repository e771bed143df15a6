"""One person under several names, groups, and who may approve what they asked for."""

from __future__ import annotations

import pytest

from promontory.approvals import Rule, asked_for_it, judge, may_answer, may_approve, still_wanted
from promontory.people import People, members
from tests.approvals.entries import DIGEST, OTHER, after, entry

PEOPLE = People({"alice": ("alice@acme.example", "Alice-ACME", "Alice Doe"), "bob": ("bob@acme.example",)})
GROUPS = (("owners", ("alice", "bob")), ("night", ("carol", "alice@acme.example")))


@pytest.mark.parametrize(
    "name", ["alice", "ALICE", "alice-acme", "Alice  Doe", "A. <alice@acme.example>", " Alice@Acme.Example "]
)
def test_a_person_is_known_under_every_name(name: str) -> None:
    assert PEOPLE.person(name) == "alice"


@pytest.mark.parametrize(
    "name", ["Alice Doe <mallory@evil.example>", "alice@acme.example <x@evil.example>", "alice doe jr", "", "<>"]
)
def test_a_name_beside_another_address_is_somebody_else(name: str) -> None:
    assert PEOPLE.person(name) != "alice"


def test_whoever_is_not_listed_is_known_by_the_address() -> None:
    assert PEOPLE.person("Dave <Dave@acme.example>") == PEOPLE.person("dave@acme.example") == "dave@acme.example"


def test_a_group_stands_for_its_people() -> None:
    assert members(("group:owners", "dave", "group:night", "group:gone"), dict(GROUPS)) == (
        "alice",
        "bob",
        "dave",
        "carol",
        "alice@acme.example",
    )


def test_people_of_a_group_may_answer_and_others_not() -> None:
    rule = Rule(approvers=("group:owners",), people=PEOPLE, groups=GROUPS)

    assert may_answer(rule, "Alice-acme")
    assert may_answer(rule, "bob@acme.example")
    assert not may_answer(rule, "carol")
    assert not may_answer(rule, "group:owners")


def test_a_second_yes_under_another_name_does_not_count() -> None:
    rule = Rule(required=2, approvers=("group:owners",), people=PEOPLE, groups=GROUPS)
    answers = [entry("requested"), entry("approved", "alice"), entry("approved", "alice-acme", 1)]

    state = judge(rule, answers, DIGEST, after(2))

    assert (state.status, state.by, state.missing, state.wanted) == ("waiting", ("alice",), 1, ("bob",))


def test_the_requester_is_recognised_under_any_name() -> None:
    rule = Rule(exclude_requester=True, people=PEOPLE)
    entries = [entry("requested", "Alice Doe <alice@acme.example>")]

    assert asked_for_it(rule, "alice-acme", entries)
    assert not may_approve(rule, "Alice Doe", entries)
    assert may_approve(rule, "bob", entries)
    assert judge(rule, [*entries, entry("approved", "alice", 1)], DIGEST, after(2)).status == "waiting"
    assert judge(rule, [*entries, entry("approved", "bob", 1)], DIGEST, after(2)).status == "granted"


def test_whoever_asked_with_another_plan_asked_for_it_as_well() -> None:
    rule = Rule(exclude_requester=True)
    entries = [entry("requested", "alice", digest=OTHER), entry("requested", "bob", 1)]

    assert not may_approve(rule, "alice", entries)
    assert not may_approve(rule, "bob", entries)


def test_still_wanted_are_the_approvers_who_may_and_have_not() -> None:
    rule = Rule(required=2, approvers=("group:owners", "carol"), exclude_requester=True, people=PEOPLE, groups=GROUPS)

    assert still_wanted(rule, [entry("requested", "bob@acme.example")], ["Alice Doe"]) == ("carol",)

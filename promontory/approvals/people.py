"""Who may answer: the approvers under any of their names, and not whoever asked, where that is excluded."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.approvals.rule import Rule, requests_in
from promontory.entry import Entry


def may_answer(rule: Rule, who: str) -> bool:
    """Everybody with a name may where the rule names nobody; else only the people that it names."""
    person = rule.people.person(who)
    return bool(person) and (not rule.approvers or person in rule.people.persons(rule.reachable))


def asked_for_it(rule: Rule, who: str, entries: Sequence[Entry]) -> bool:
    """Whether ``who`` asked for this promotion, for whatever plan of it, under any of their names."""
    return rule.people.person(who) in rule.people.persons(entry.by for entry in requests_in(entries))


def may_approve(rule: Rule, who: str, entries: Sequence[Entry]) -> bool:
    """A yes needs more than an answer does: where the rule says so, it is somebody else's than the requester's."""
    return may_answer(rule, who) and not (rule.exclude_requester and asked_for_it(rule, who, entries))


def still_wanted(rule: Rule, entries: Sequence[Entry], given: Sequence[str]) -> tuple[str, ...]:
    """Those who may approve and have not, by the names that promontory.yaml has for them; empty: anybody may."""
    done = rule.people.persons(given)
    return tuple(
        name for name in rule.reachable if rule.people.person(name) not in done and may_approve(rule, name, entries)
    )

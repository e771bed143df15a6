"""`people:`, `groups:` and what an approval rule makes of them: problems with their places, and doubts."""

from __future__ import annotations

import pytest

from promontory.config import Config, warnings
from promontory.errors import ConfigurationError
from tests.config.samples import read

TOP = """\
applications:
  web-app: {strategy: {kind: directory, path: x}}
environments:
  production:
    verify: [{kind: http, url: "https://x"}]
    approval: {APPROVAL}
"""


def config(approval: str, more: str = "") -> Config:
    return read(TOP.replace("APPROVAL", approval) + more)


def problems(approval: str, more: str = "") -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config(approval, more)
    return [str(problem).removeprefix("promontory.yaml:") for problem in caught.value.problems]


def test_people_and_groups_are_read() -> None:
    read_ = config(
        "required: 2, approvers: [group:owners, carol], exclude_requester: true, remind: 4h, signed: true",
        "people:\n  alice: alice@acme.example\n  bob: [bob@acme.example, Bob]\ngroups:\n  owners: [alice, bob]\n",
    )

    rule = read_.environments["production"].approval
    assert rule
    assert (rule.approvers, rule.exclude_requester, rule.signed) == (("group:owners", "carol"), True, True)
    assert read_.people == {"alice": ("alice@acme.example",), "bob": ("bob@acme.example", "Bob")}
    assert read_.groups == {"owners": ("alice", "bob")}


@pytest.mark.parametrize(
    ("approval", "more", "expected"),
    [
        (
            "approvers: [group:ownrs]",
            "groups:\n  owners: [alice]\n",
            '6:28: environments.production.approval.approvers[0]: no group "ownrs" (did you mean "owners"?)',
        ),
        (
            "approvers: [alice, group:owners]",
            "",
            '6:35: environments.production.approval.approvers[1]: no group "owners": there are none, '
            "write them under groups:",
        ),
        (
            "required: 2, approvers: [alice, al]",
            "people: {alice: [al]}\n",
            "6:16: environments.production.approval.required: 2 approvals are required, "
            "but only 1 person can give them: alice, al",
        ),
        (
            "required: 3, approvers: [group:owners]",
            "groups: {owners: [alice, bob]}\n",
            "6:16: environments.production.approval.required: 3 approvals are required, "
            "but only 2 people can give them: alice, bob",
        ),
        (
            "approvers: []",
            "",
            "6:16: environments.production.approval.approvers: must not be empty: leave it out where anybody "
            "may approve",
        ),
        ("required: 1", "groups: {owners: []}\n", "7:10: groups.owners: must not be empty"),
        (
            "required: 1",
            "groups: {owners: [group:others]}\n",
            '7:19: groups.owners[0]: "group:others": a group lists people, not groups',
        ),
        (
            "required: 1",
            "groups: {Owners: [alice]}\n",
            "7:10: groups.Owners: 'Owners' cannot be a name: use lower-case letters, digits and '-', at most 63",
        ),
        (
            "required: 1",
            "people: {alice: [a@x], bob: [A@X]}\n",
            '7:30: people.bob[0]: "A@X" is a name of alice already: a name can mean one person only',
        ),
        (
            "required: 1",
            "people: {alice: [bob], bob: [b@x]}\n",
            '7:24: people.bob: "bob" is a name of alice already: a name can mean one person only',
        ),
        ("required: 1", "people: {alice: 7}\n", "7:10: people.alice: must be a name, or a list of names"),
        ("required: 1", "people: [alice]\n", "7:1: people: must be a mapping, not a list"),
        (
            "remind: 4",
            "",
            "6:16: environments.production.approval.remind: 4 is not a duration: write 90s, 5m, 24h or 2d",
        ),
        (
            "exclude_requestor: true",
            "",
            '6:16: environments.production.approval.exclude_requestor: unknown key "exclude_',
        ),
    ],
)
def test_a_problem_is_told_where_it_is(approval: str, more: str, expected: str) -> None:
    found = problems(approval, more)
    assert any(problem.startswith(expected) for problem in found), found


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        ("approvers: [alice, bob], exclude_requester: true", ""),
        (
            "approvers: [alice], exclude_requester: true",
            "exclude_requester: where an approver asks, nobody else may approve, and 1 must",
        ),
        (
            "required: 2, approvers: [alice, bob], exclude_requester: true",
            "exclude_requester: where an approver asks, only 1 other may approve, and 2 must",
        ),
        ("exclude_requester: true", ""),
        ("expires: 4h, remind: 4h", "remind: the request has expired before anybody is reminded"),
        ("expires: 5h, remind: 4h", ""),
    ],
)
def test_a_rule_that_can_stand_in_its_own_way_is_a_warning(approval: str, expected: str) -> None:
    told = [problem.message for problem in warnings(config(approval)) if problem.where.endswith(".approval")]

    assert told == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("environment", "warned"),
    [
        ("production: {}", True),
        ("prod-eu: {}", True),
        ("production: {production: false}", False),
        ("live: {production: true}", True),
        ("live: {production: true, approval: {}}", False),
        ("live: {}", False),
    ],
)
def test_production_by_name_or_mark_wants_an_approval(environment: str, warned: bool) -> None:
    text = TOP[: TOP.index("  production:")] + f"  {environment}\n"

    assert any("no approval is needed" in problem.message for problem in warnings(read(text))) is warned

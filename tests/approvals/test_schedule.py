"""When a request that waits is looked at again. Every moment follows from the request alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from promontory.approvals import Rule
from promontory.approvals.schedule import next_due, next_look, next_reminder, reminder_due
from tests.approvals.entries import HOUR, OTHER, after, entry

REQUEST = entry("requested")
RULE = Rule(expires=24 * HOUR, remind=4 * HOUR)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("hours", "expected"), [(0, 4), (3.9, 4), (4, 8), (19, 20), (21, 24)])
def test_the_next_reminder_is_a_whole_number_of_intervals_after_the_request(hours: float, expected: float) -> None:
    assert next_reminder(RULE, REQUEST, after(hours)) == after(expected)


def test_nobody_is_reminded_once_it_has_expired_or_where_nobody_wants_it() -> None:
    assert next_reminder(RULE, REQUEST, after(24)) is None
    assert next_reminder(Rule(), REQUEST, after(1)) is None


@pytest.mark.parametrize(
    ("hours", "reminded", "due"),
    [
        (3.9, [], False),
        (4, [], True),
        (4.5, [4.2], False),
        (8, [4.2], True),
        (17, [], True),
        (17, [4.2], True),
        (17, [16.1], False),
    ],
)
def test_each_interval_has_one_reminder(hours: float, reminded: list[float], due: bool) -> None:
    entries = [REQUEST, *(entry("reminded", hours=at) for at in reminded)]

    assert reminder_due(RULE, REQUEST, entries, after(hours)) is due


def test_a_reminder_of_another_plan_is_none_of_this_one() -> None:
    assert reminder_due(RULE, REQUEST, [REQUEST, entry("reminded", hours=4, digest=OTHER)], after(5))


def test_what_is_due_next_is_the_first_of_reminder_expiry_and_look() -> None:
    assert next_due(RULE, REQUEST, after(1)) == after(4)
    assert next_due(RULE, REQUEST, after(24)) == after(24) + SECOND
    assert next_due(Rule(expires=HOUR), REQUEST, after(0)) == after(1) + SECOND
    assert next_due(Rule(), REQUEST, after(0)) is None
    assert next_due(RULE, REQUEST, after(0), 15 * SECOND) == after(0) + 15 * SECOND
    assert next_due(Rule(expires=HOUR), REQUEST, after(3)) is None


def test_looks_grow_apart_and_all_who_ask_mean_the_same_ones() -> None:
    looks, moment = [], after(0)
    while moment < after(10):
        moment = next_look(REQUEST, moment, 15 * SECOND)
        looks.append(moment)

    gaps = [later - earlier for earlier, later in pairwise(looks)]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (15 * SECOND, 300 * SECOND)
    assert next_look(REQUEST, looks[5] + SECOND, 15 * SECOND) == looks[6]

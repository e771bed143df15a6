"""How a change is delivered: a word, or a mapping that says more about pull requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.samples import APPLICATIONS, problems, read
from promontory.config import Delivery

BASE = APPLICATIONS + "environments:\n  dev:\n    deliver: "


def delivery(text: str) -> Delivery:
    return read(BASE + text).environment("dev").deliver


def test_left_out_it_is_a_push() -> None:
    assert read(APPLICATIONS + "environments: {dev: {}}").environment("dev").deliver == Delivery(kind="push")


def test_a_word_is_enough() -> None:
    assert delivery("pull-request") == Delivery(kind="pull-request", merge="auto", method="merge")


def test_a_mapping_says_more() -> None:
    text = "{kind: pull-request, merge: wait, method: squash, labels: [a], reviewers: [bob], deadline: 24h}"

    assert delivery(text) == Delivery(
        kind="pull-request",
        merge="wait",
        method="squash",
        labels=("a",),
        reviewers=("bob",),
        deadline=timedelta(hours=24),
    )


@pytest.mark.parametrize(
    ("deliver", "problem"),
    [
        ("pul", "deliver: must be 'push' or 'pull-request'"),
        ("''", "deliver: must be 'push' or 'pull-request'"),
        ("true", "deliver: must be a mapping, not true"),
        ("[push]", "deliver: must be a mapping, not a list"),
        ("{merge: wait}", "deliver: missing: kind"),
        ("{kind: pull-request, merg: x}", 'deliver.merg: unknown key "merg" (did you mean "merge"?)'),
        ("{kind: pull-request, merge: later}", "deliver.merge: must be 'auto' or 'wait'"),
        ("{kind: pull-request, method: x}", "deliver.method: must be 'merge', 'squash' or 'rebase'"),
        ("{kind: pull-request, labels: x}", "deliver.labels: must be a list, not text"),
        ("{kind: pull-request, labels: [a, a]}", 'deliver.labels: "a" stands here twice'),
        (
            "{kind: pull-request, deadline: soon}",
            "deliver.deadline: 'soon' is not a duration: write 90s, 5m, 24h or 2d",
        ),
        ("{kind: push, labels: [a]}", "deliver: labels: only with kind: pull-request"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(deliver: str, problem: str) -> None:
    (found,) = problems(BASE + deliver)

    assert found.startswith("promontory.yaml:")
    assert found.endswith(f": environments.dev.{problem}")

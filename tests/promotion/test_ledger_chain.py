"""The hash chain of real promotions: who appends it, who is told, and what the promoted commits say of it."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

from promontory.entry import Entry
from promontory.ledger import HEAD_FILE, path_of
from promontory.promotion.workspace import Workspace
from tests.promotion.world import LEDGER, Hops, World


def test_who_listens_hears_the_entries_as_they_are_stored(world: World) -> None:
    heard: list[Entry] = []
    workspace = replace(world.workspace(), heard=heard.extend)

    _, pushed = Hops(workspace).push("v1.1.0", "dev")

    assert heard == list(world.entries("dev"))
    assert pushed == heard[-1]
    assert [each.number for each in heard] == [1, 2]


def test_workers_that_race_make_one_chain(world: World) -> None:
    first, second = world.workspace("a"), world.workspace("b", cache="other")
    for number in range(3):
        _hold(first, number)
        _hold(second, number)

    entries = world.entries()

    assert [each.number for each in entries] == [1, 2, 3, 4, 5, 6]
    for before, after in pairwise(entries):
        blob = world.git("show", f"{LEDGER}:{path_of(before)}")
        assert after.before == f"sha256:{sha256(blob.encode()).hexdigest()}"


def _hold(workspace: Workspace, number: int) -> None:
    Hops(workspace).append("held", "dev", f"v{number}", promotion=f"{number:012x}")


def test_a_promotions_commit_says_which_entry_it_was_decided_on(world: World) -> None:
    hops = Hops(world.workspace())
    hops.promote("v1.1.0", "dev")
    head = json.loads(world.git("show", f"{LEDGER}:{HEAD_FILE}"))
    hops.push("v1.1.0", "staging")

    messages = [world.git("log", "-1", "--format=%B", commit) for commit in ("main~1", "main")]

    assert "Ledger-Head" not in messages[0]  # there was none to be decided on
    assert f"\nLedger-Head: {head['number']}:{head['hash']}\n" in messages[1]

"""The hash chain as it is written: numbers, hashes, times, and what becomes of it when people lend a hand."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from promontory.entry import Entry
from promontory.ledger import HEAD_FILE, path_of
from promontory.ledger.chain import SKEW, render
from tests.test_ledger import START, MemoryStore, append, entry, ledger_of


def hash_of(store: MemoryStore, stored: Entry) -> str:
    return f"sha256:{sha256(store.commits[-1][path_of(stored)]).hexdigest()}"


def test_the_first_entry_of_a_ledger_has_nothing_before_it() -> None:
    (first,) = append(MemoryStore(), entry())

    assert (first.number, first.before) == (1, None)


def test_each_entry_names_the_bytes_of_the_one_before_wherever_that_lies() -> None:
    store = MemoryStore()
    one, two = append(store, entry("planned"), entry("pushed"))
    (three,) = append(store, entry(application="api", environment="production", minute=1))

    assert [each.number for each in (one, two, three)] == [1, 2, 3]
    assert (two.before, three.before) == (hash_of(store, one), hash_of(store, two))
    assert ledger_of(store).entries() == (one, two, three)


def test_the_head_of_the_chain_is_where_it_is_found_at_once() -> None:
    store = MemoryStore()
    assert ledger_of(store).chain_head() is None
    append(store, entry("planned"))
    (last,) = append(store, entry("pushed"))

    head = ledger_of(store).chain_head()

    assert head is not None
    assert (head.number, head.hash, head.path) == (2, hash_of(store, last), path_of(last))
    assert head.named == f"2:{head.hash}"


def test_entries_from_before_the_chain_are_anchored_by_their_commit() -> None:
    store = MemoryStore()
    store.write({"web-app/dev/2025/02/01T120000.000000Z-pushed-ab12.json": b"{}"})

    first, second = append(store, entry("held"), entry("lifted"))

    assert (first.number, first.before) == (1, "commit:0")
    assert second.before == hash_of(store, first)


@pytest.mark.parametrize("broken", [None, b"", b"{", b'{"number": 0}', b'{"number": 7}', b"[]", b"\xff"])
def test_a_head_that_somebody_lost_or_broke_is_found_again(broken: bytes | None) -> None:
    store = MemoryStore()
    append(store, entry("planned", environment="production"))
    (last,) = append(store, entry("pushed"))
    store.write({HEAD_FILE: broken})

    (stored,) = append(store, entry("verdict", environment="staging", minute=-3))

    assert (stored.number, stored.before) == (3, hash_of(store, last))
    head = ledger_of(store).chain_head()
    assert head is not None
    assert head.number == 3


@pytest.mark.parametrize("number", [2**53 - 1, 2**52, 10**30])
def test_a_number_that_nobody_has_counted_to_is_not_gone_on_from(number: int) -> None:
    """Or the next entry would be one that nobody can read any more."""
    store = MemoryStore()
    (last,) = append(store, entry("planned"))
    forged = last.model_copy(update={"number": min(number, 2**53 - 1), "kind": "held", "promotion": "ab13"})
    link = {"number": number, "hash": hash_of(store, last), "path": path_of(forged)}
    store.write({HEAD_FILE: json.dumps(link).encode(), path_of(forged): render(forged)})

    (stored,) = append(store, entry("verdict", environment="staging"))

    assert (stored.number or 0) < 2**52
    assert ledger_of(store).entries("web-app", "staging")[-1] == stored


def test_a_newest_entry_that_cannot_be_read_keeps_nobody_from_appending() -> None:
    store = MemoryStore()
    (first,) = append(store, entry("planned", environment="production"))
    (last,) = append(store, entry("pushed"))
    store.write({HEAD_FILE: None, path_of(last): b"{"})

    (stored,) = append(store, entry("verdict", environment="staging", minute=2))

    assert (stored.number, stored.before) == (2, hash_of(store, first))


def test_an_edited_last_entry_does_not_become_what_the_next_one_names() -> None:
    store = MemoryStore()
    (last,) = append(store, entry("pushed", reason="as it was"))
    was = hash_of(store, last)
    path = path_of(last)
    store.write({path: store.commits[-1][path].replace(b"as it was", b"as it is!")})

    (stored,) = append(store, entry("verdict", environment="staging"))

    assert stored.before == was


def test_a_clock_that_is_a_little_behind_follows_the_chain() -> None:
    store = MemoryStore()
    append(store, entry(environment="dev"))

    (stored,) = append(store, entry(environment="staging", minute=-5))

    assert stored.at == START + timedelta(microseconds=1)


def test_a_clock_that_is_far_ahead_sets_the_time_for_its_own_place_only() -> None:
    store = MemoryStore()
    ahead = START + SKEW + timedelta(days=300)
    append(store, entry(environment="dev", at=ahead))

    elsewhere, here = append(store, entry(environment="staging"), entry(environment="dev"))

    assert elsewhere.at == START
    assert here.at == ahead + timedelta(microseconds=1)


def test_a_time_at_the_end_of_all_times_keeps_nobody_from_appending() -> None:
    store = MemoryStore()
    store.write({"web-app/dev/9999/12/31T235959.999999Z-pushed-ab12.json": b"{}"})

    (stored,) = append(store, entry())

    assert stored.number == 1

"""No more of the ledger is read than a question needs, however old a place is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import pytest

from promontory.entry import Entry
from promontory.ledger import Wanted, moment_of
from promontory.model import Place
from promontory.record import Record
from tests.test_ledger import MemoryListing, MemoryStore, append, entry, ledger_of

DEV = Place("web-app", "dev")


@dataclass
class CountingListing(MemoryListing):
    parsed: Callable[[], None]

    def files(self) -> Sequence[tuple[str, str]]:
        self.parsed()
        return super().files()


@dataclass
class CountingStore(MemoryStore):
    """``listed`` are the months that were asked for, ``parsed`` those of them whose names were."""

    asked: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    parsed: list[str] = field(default_factory=list)

    def listings(self, oids: Sequence[str]) -> Sequence[MemoryListing]:
        self.listed += oids
        found = zip(oids, super().listings(oids), strict=True)
        return [CountingListing(listing.directory, partial(self.parsed.append, oid)) for oid, listing in found]

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(oids)
        self.asked += wanted
        return super().read(wanted)


@pytest.fixture
def store() -> CountingStore:
    """120 promotions of as many releases, in two places, over half a year."""
    store = CountingStore()
    entries: list[Entry] = []
    for number in range(120):
        told = {"promotion": f"{number:012x}", "release": f"v{number}", "minute": number * 2_000}
        where = {"environment": "dev" if number % 2 else "staging"}
        entries += [entry(kind, **told, **where) for kind in ("requested", "pushed")]  # type: ignore[arg-type]
    append(store, *entries)
    store.asked.clear()
    return store


def record(store: CountingStore) -> Record:
    return Record(ledger_of(store).place(DEV))


def test_what_was_never_here_is_known_without_reading_anything(store: CountingStore) -> None:
    never = record(store)

    assert never.hold("v999") is None
    assert never.verified("v999") is None
    assert never.request("v999") is None
    assert never.finished("v999") == 0
    assert store.asked == []


def test_what_is_open_is_told_by_names(store: CountingStore) -> None:
    append(store, entry("requested", minute=999_999, promotion="ab12", release="v500"))
    store.asked.clear()

    assert [each.release for each in record(store).requests()] == ["v500"]
    assert len(store.asked) <= 2  # the request, and the head of the chain along with it


def test_a_release_of_long_ago_is_found_among_all(store: CountingStore) -> None:
    assert [each.kind for each in record(store).newest(release="v1")] == ["pushed", "requested"]
    assert len(store.asked) <= 3


def test_history_reads_what_is_shown(store: CountingStore) -> None:
    newest = list(islice(ledger_of(store).newest(), 5))

    assert [each.release for each in newest] == ["v119", "v119", "v118", "v118", "v117"]
    assert len(store.asked) < 20


def test_what_is_newest_lists_no_older_month(store: CountingStore) -> None:
    newest = next(ledger_of(store).names("web-app", "dev"))

    assert newest.promotion == f"{119:012x}"
    assert len(store.listed) == 1


def test_older_months_are_listed_together_the_more_of_them_the_further_somebody_goes_back(store: CountingStore) -> None:
    before = 0
    rounds: list[int] = []
    for _ in ledger_of(store).names("web-app", "dev"):
        if len(store.listed) != before:
            rounds.append(len(store.listed) - before)
            before = len(store.listed)

    assert rounds == [1, 2, 3]


def test_months_without_what_is_asked_for_are_not_parsed(store: CountingStore) -> None:
    seldom = record(store)

    assert (seldom.holds(), seldom.reversals(), seldom.proposals(), seldom.wait()) == ((), (), (), None)
    assert [each.promotion for each in ledger_of(store).newest(wanted=Wanted(promotion=f"{7:012x}"))] == [
        f"{7:012x}"
    ] * 2
    assert len(store.parsed) == 1


def test_what_was_listed_is_listed_anew_where_it_has_grown(store: CountingStore) -> None:
    ledger = ledger_of(store)
    before = list(ledger.names())

    append(store, entry("held", minute=119 * 2_000 + 1, promotion="ab12", release="v500"))

    assert [name.kind for name in ledger.names() if name not in before] == ["held"]


def test_a_hold_of_long_ago_is_found(store: CountingStore) -> None:
    append(store, entry("held", minute=1, promotion="ab12", release="v500"))
    store.parsed.clear()

    assert [each.release for each in record(store).holds()] == ["v500"]
    assert len(store.parsed) == 1


def test_what_came_before_the_time_that_is_asked_for_is_not_parsed(store: CountingStore) -> None:
    newest = next(ledger_of(store).newest())
    store.parsed.clear()

    found = list(ledger_of(store).newest(wanted=Wanted(since=moment_of(newest.at))))

    assert {each.release for each in found} <= {"v119"}
    assert len(store.parsed) == 2


def test_history_can_be_asked_for_what_is_wanted(store: CountingStore) -> None:
    ledger = ledger_of(store)
    known = ledger.entries()

    since = moment_of(known[-4].at)
    assert tuple(ledger.newest(wanted=Wanted(since=since))) == known[:-5:-1]
    assert [each.kind for each in ledger.newest(wanted=Wanted(("pushed",), beginning="00000000000"))] == ["pushed"] * 16
    assert {each.environment for each in ledger.newest("", "staging")} == {"staging"}
    assert [each.kind for each in ledger.of(f"{7:012x}")] == ["requested", "pushed"]
    assert ledger.promotions("00000000001")[-1] == f"{16:012x}"
    assert ledger.promotions("") == []


def test_a_place_that_is_read_in_part_is_the_same_as_all_of_it(store: CountingStore) -> None:
    lazy = ledger_of(store).place(DEV)
    whole = ledger_of(store).entries("web-app", "dev")

    assert (len(lazy), tuple(lazy), tuple(reversed(lazy))) == (len(whole), whole, whole[::-1])
    assert (lazy[0], lazy[-1], lazy[2:5]) == (whole[0], whole[-1], whole[2:5])
    for release in ("v1", "v117", "v118", "v999"):
        assert Record(lazy).finished(release) == Record(whole).finished(release)
        assert Record(lazy).standing(release) == Record(whole).standing(release)
    assert Record(lazy).requests() == Record(whole).requests()


def test_entries_named_without_their_release_are_read_to_learn_it(store: CountingStore) -> None:
    path = next(path for path in store.commits[-1] if "/dev/" in path)
    blob = store.commits[-1][path]
    store.write({path: None, f"{path.rpartition('-')[0]}.json": blob})

    assert len(list(record(store).newest(release="v1"))) == 2
    assert record(store).hold("v999") is None

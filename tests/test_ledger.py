"""The ledger as files: their names, their order, and what does not belong there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from promontory.change import TreeEntry
from promontory.entry import KINDS, Entry, Pushed
from promontory.errors import RepositoryError
from promontory.health import CheckResult, Health, Verdict
from promontory.ledger import Ledger, message_of, path_of
from promontory.model import GateState, PathChange, Plan, SuiteResult

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
BRANCH = "promontory/ledger"


@dataclass
class MemoryListing:
    directory: Mapping[str, TreeEntry]

    def mentions(self, words: Iterable[str]) -> bool:
        return any(word in name for word in words for name in self.directory)

    def files(self) -> Sequence[tuple[str, str]]:
        return [(name, entry.oid) for name, entry in self.directory.items() if entry.mode == "100644"]


@dataclass
class MemoryStore:
    """A branch of files; every write is a new commit."""

    commits: list[dict[str, bytes]] = field(default_factory=list)

    def heads(self) -> Mapping[str, str]:
        return {BRANCH: str(len(self.commits) - 1)} if self.commits else {"main": "0"}

    def directory(self, commit: str) -> Mapping[str, TreeEntry]:
        return self.directories([f"{commit}:"])[0]

    def directories(self, oids: Sequence[str]) -> Sequence[Mapping[str, TreeEntry]]:
        """The id of a directory is where it lies in which commit."""
        return [self._directory(*oid.split(":", 1)) for oid in oids]

    def listings(self, oids: Sequence[str]) -> Sequence[MemoryListing]:
        return [MemoryListing(directory) for directory in self.directories(oids)]

    def _directory(self, commit: str, base: str) -> dict[str, TreeEntry]:
        found = {}
        for path, blob in self.commits[int(commit)].items():
            name, deeper, _ = path.removeprefix(base).partition("/")
            if path.startswith(base):
                file = TreeEntry("100644", sha256(blob).hexdigest())
                found[name] = TreeEntry("40000", f"{commit}:{base}{name}/") if deeper else file
        return found

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        blobs = {sha256(blob).hexdigest(): blob for files in self.commits for blob in files.values()}
        return {oid: blobs[oid] for oid in oids}

    def write(self, files: Mapping[str, bytes | None]) -> None:
        merged = {**(self.commits[-1] if self.commits else {}), **files}
        self.commits.append({path: blob for path, blob in merged.items() if blob is not None})


def entry(kind: str = "pushed", minute: float = 0, environment: str = "dev", **fields: object) -> Entry:
    return Entry.model_validate(
        {
            "version": 1,
            "kind": kind,
            "promotion": "ab12",
            "application": "web-app",
            "environment": environment,
            "release": "v1",
            "at": START + timedelta(minutes=minute),
            "by": "ci",
            **fields,
        }
    )


def ledger_of(store: MemoryStore) -> Ledger:
    return Ledger(store, BRANCH)


def append(store: MemoryStore, *entries: Entry) -> tuple[Entry, ...]:
    files = (store.commits or [{}])[-1]
    appended = ledger_of(store).appended(entries, str(len(store.commits) - 1) if store.commits else None)
    assert all(edit.before == files.get(edit.path) for edit in appended.edits.edits)
    store.write({edit.path: edit.after for edit in appended.edits.edits})
    return appended.entries


def test_a_repository_without_a_ledger_has_no_entries() -> None:
    assert ledger_of(MemoryStore()).entries() == ()


def test_the_name_of_a_file_tells_place_time_kind_and_promotion() -> None:
    assert path_of(entry()) == "web-app/dev/2025/03/01T120000.000000Z-pushed-ab12-3bfc2695.json"
    berlin = entry(at=datetime(2025, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))))
    assert path_of(berlin) == path_of(entry())


def test_entries_come_back_in_the_order_of_events() -> None:
    store = MemoryStore()
    append(store, entry("planned"), entry("pushed"))
    append(store, entry("verdict", minute=1))

    assert [each.kind for each in ledger_of(store).entries("web-app", "dev")] == ["planned", "pushed", "verdict"]


def test_a_worker_whose_clock_is_behind_still_writes_later_entries() -> None:
    store = MemoryStore()
    append(store, entry("planned"), entry("pushed"))
    append(store, entry("verdict", minute=-60), entry("reverted", minute=-60))

    found = ledger_of(store).entries("web-app", "dev")

    assert [each.kind for each in found] == ["planned", "pushed", "verdict", "reverted"]
    assert [each.at for each in found] == sorted({each.at for each in found})
    assert found[-1].at < START + timedelta(seconds=1)


def test_places_do_not_disturb_each_other() -> None:
    store = MemoryStore()
    append(store, entry(environment="dev"), entry(environment="dev-2"), entry(application="web", environment="dev"))

    ledger = ledger_of(store)

    assert len(ledger.entries()) == 3
    assert len(ledger.entries("web-app")) == 2
    assert [each.environment for each in ledger.entries("web-app", "dev")] == ["dev"]


def test_kinds_are_told_by_the_names_of_the_files() -> None:
    store = MemoryStore()
    append(store, entry("held"), entry("lifted"))
    broken = path_of(entry("pushed"))
    store.write({broken: b"not read at all"})

    assert [each.kind for each in ledger_of(store).entries("web-app", "dev", kinds=("held",))] == ["held"]


def test_a_ledger_reads_what_was_added_since() -> None:
    store = MemoryStore()
    append(store, entry("planned"))
    ledger = ledger_of(store)
    assert len(ledger.entries("web-app", "dev")) == 1

    append(store, entry("pushed", minute=1))

    assert len(ledger.entries("web-app", "dev")) == 2


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "web-app/dev/notes.json",
        "web-app/dev/2025/03/01T120000.000000Z-pushed-ab12.json.orig",
        "web-app/dev/2025/03/01T120000.000000Z-pushed-../x.json",
        "web-app/dev/2025/03/01T120000.000000Z-dreamed-ab12.json",
    ],
)
def test_files_that_are_no_entries_are_ignored(path: str) -> None:
    store = MemoryStore()
    append(store, entry())
    store.write({path: b"whatever"})

    append(store, entry("verdict", minute=1))

    assert [each.kind for each in ledger_of(store).entries()] == ["pushed", "verdict"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b'"kind": "pushed"', b'"kind": "pushed', "Invalid JSON"),
        (b'"by": "ci"', b'"by": 7', "by: "),
        (b'"by": "ci"', b'"by": "ci", "extra": 1', "extra: "),
        (b'"version": 1', b'"version": 2', "version: "),
        (b'"at": "2025-03-01T12:00:00Z"', b'"at": "2025-03-01T12:00:00"', "at: "),
        (b'"by": "ci"', b'"by": "ci", "until": "9999-12-31T23:59:59-23:59"', "until: "),
        (b'"by": "ci"', b'"by": "ci", "since": "0001-01-01T00:00:00+23:59"', "since: "),
        (
            b'"by": "ci"',
            b'"by": "ci", "gates": [{"gate": "x", "open": false, "opens": "2026-11-27T00:00:00"}]',
            "opens: ",
        ),
        (b'"environment": "dev"', b'"environment": "production"', "web-app/production/2025"),
        (b'"kind": "pushed"', b'"kind": "found"', "found"),
        (b'"at": "2025', b'"at": "2024', "2024"),
        (b"{", b"\xff{", "Invalid JSON"),
    ],
)
def test_an_entry_that_was_edited_is_named(old: bytes, new: bytes, problem: str) -> None:
    path = path_of(entry("pushed"))
    store = MemoryStore()
    append(store, entry("pushed"))
    assert old in store.commits[-1][path]
    store.write({path: store.commits[-1][path].replace(old, new, 1)})

    with pytest.raises(RepositoryError) as caught:
        ledger_of(store).entries()

    assert path in caught.value.message
    assert problem in caught.value.message
    assert "git log" in caught.value.remedy


def test_a_copied_entry_is_named() -> None:
    store = MemoryStore()
    append(store, entry("lifted"))
    original = path_of(entry("lifted"))
    copy = original.replace("/dev/", "/production/")
    store.write({copy: store.commits[-1][original]})
    ledger = ledger_of(store)
    ledger.entries("web-app", "dev")

    with pytest.raises(RepositoryError, match=r"web-app/production/.* cannot be read"):
        ledger.entries("web-app", "production")


def test_a_file_with_an_impossible_time_is_named_and_keeps_nobody_from_appending() -> None:
    store = MemoryStore()
    store.write({"web-app/dev/2025/13/41T996060.000000Z-pushed-ab12.json": b"{}"})

    append(store, entry())

    with pytest.raises(RepositoryError, match="2025/13/41"):
        ledger_of(store).entries()


def test_an_id_that_no_name_could_carry_is_refused() -> None:
    for promotion in ("", "../x", "AB12", "rollback"):
        with pytest.raises(ValidationError):
            entry(promotion=promotion)


def test_the_message_says_what_was_recorded() -> None:
    assert message_of([entry("verdict")]) == "web-app dev: verdict v1\n"
    both = message_of([entry("planned"), entry("pushed")])
    assert both == "web-app dev: pushed v1\n\nweb-app dev: planned v1\nweb-app dev: pushed v1\n"


def test_a_release_read_from_a_file_cannot_shape_the_message() -> None:
    message = message_of([entry("held", release="v1\n\nSigned-off-by: mallory")])

    assert message == "web-app dev: held v1 Signed-off-by: mallory\n"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — hypothesis wants them bare
GATES = st.builds(GateState, gate=TEXT, open=st.booleans(), reason=TEXT, opens=st.none() | TIMES)
EVIDENCE = st.dictionaries(TEXT, TEXT | st.integers() | st.booleans() | st.none(), max_size=3)
CHECKS = st.builds(
    CheckResult, check=TEXT, health=st.sampled_from(Health), reason=TEXT, proven=st.booleans(), evidence=EVIDENCE
)
PLANS = st.builds(
    Plan,
    application=st.just("web-app"),
    environment=st.just("dev"),
    release=TEXT,
    previous=st.none() | TEXT,
    ref=TEXT,
    base=TEXT,
    paths=st.lists(st.builds(PathChange, path=TEXT, before=st.none() | TEXT, after=st.none() | TEXT), max_size=2).map(
        tuple
    ),
    diff=TEXT,
)
ENTRIES = st.builds(
    Entry,
    version=st.just(1),
    kind=st.sampled_from(KINDS),
    promotion=st.text("0123456789abcdef", min_size=1, max_size=12),
    application=st.sampled_from(["web-app", "api"]),
    environment=st.sampled_from(["dev", "production"]),
    release=TEXT,
    previous=st.none() | TEXT,
    at=TIMES,
    by=TEXT,
    plan=st.none() | PLANS,
    gates=st.lists(GATES, max_size=2).map(tuple),
    suites=st.lists(st.builds(SuiteResult, name=TEXT, passed=st.booleans(), output=TEXT), max_size=2).map(tuple),
    pushed=st.none() | st.builds(Pushed, ref=TEXT, before=TEXT, after=TEXT),
    verdict=st.none()
    | st.builds(Verdict, health=st.sampled_from(Health), checks=st.lists(CHECKS, max_size=2).map(tuple)),
    reason=TEXT,
)


@given(st.lists(ENTRIES, min_size=1, max_size=5))
def test_whatever_is_recorded_comes_back(entries: list[Entry]) -> None:
    store = MemoryStore()
    append(store, *entries)

    found = ledger_of(store).entries()

    def untimed(each: Entry) -> str:
        return each.model_copy(update={"at": START, "number": None, "before": None}).model_dump_json()

    assert sorted(map(untimed, found)) == sorted(map(untimed, entries))
    for place in {each.place for each in entries}:
        mine = [untimed(each) for each in found if each.place == place]
        assert mine == [untimed(each) for each in entries if each.place == place]

"""The ledger: the append-only record of every plan, approval, push, verdict, revert and hold, in Git.

It is an orphan branch of small immutable JSON files, one an entry, under
``<application>/<environment>/<year>/<month>/<time>-<kind>-<promotion>.json``. The names sort in the order of
events and carry the kind, so that most questions are answered by reading few of the files. An entry that
describes a change is pushed in the same atomic push as the change (design, decision 4); this module only says
what to write and reads it back, the repository does both.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import ValidationError

from promontory.change import FileEdit, FileEdits
from promontory.entry import KINDS, Entry, EntryKind
from promontory.errors import RepositoryError
from promontory.model import Place

_NAME = re.compile(r"/(\d{4}/\d\d/\d\dT\d{6}\.\d{6}Z)-([a-z]+)-[0-9a-f]+\.json$")
_MOMENT = "%Y/%m/%dT%H%M%S.%fZ"


class LedgerStore(Protocol):
    """What the ledger needs of the repository."""

    def heads(self) -> Mapping[str, str]: ...
    def tree(self, commit: str, prefix: str = "") -> Sequence[tuple[str, str]]: ...
    def trees_below(self, commit: str, places: Collection[str]) -> Sequence[tuple[str, str]]: ...
    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]: ...


@dataclass
class Ledger:
    """Reads the entries as of the last sync, and says which files new entries become."""

    store: LedgerStore
    branch: str
    _known: dict[tuple[str, str], Entry] = field(default_factory=dict)
    _listed: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def entries(
        self, application: str = "", environment: str = "", kinds: Sequence[EntryKind] = KINDS
    ) -> tuple[Entry, ...]:
        """The entries in the order of events; an environment needs its application."""
        listing = [item for item in self._listing(application, environment) if _kind_of(item[0]) in kinds]
        self._read(listing)
        return tuple(sorted((self._known[item] for item in listing), key=lambda entry: entry.at))

    def look_ahead(self, places: Collection[Place]) -> None:
        """Read together what is about to be asked place by place."""
        head = self.store.heads().get(self.branch)
        prefixes = {f"{place.application}/{place.environment}" for place in places}
        missing = {prefix for prefix in prefixes if (head, prefix) not in self._listed}
        if head is None or not missing:
            return
        listings: dict[str, list[tuple[str, str]]] = {prefix: [] for prefix in missing}
        for path, oid in self.store.trees_below(head, missing):
            if _NAME.search(path):
                listings["/".join(path.split("/", 2)[:2])].append((path, oid))
        self._keep(head, {prefix: sorted(listing) for prefix, listing in listings.items()})
        self._read([item for listing in listings.values() for item in listing])

    def edits(self, entries: Sequence[Entry]) -> FileEdits:
        """The files that append ``entries``, later than everything recorded for their place so far."""
        edits = []
        last: dict[Place, datetime] = {}
        for entry in entries:
            after = last.get(entry.place) or self._last_time(entry.place)
            at = max(entry.at, after + timedelta(microseconds=1)) if after else entry.at
            last[entry.place] = at
            stamped = entry.model_copy(update={"at": at})
            edits.append(FileEdit(path_of(stamped), None, _render(stamped)))
        return FileEdits(tuple(edits))

    def _listing(self, application: str, environment: str) -> list[tuple[str, str]]:
        head = self.store.heads().get(self.branch)
        if head is None:
            return []
        prefix = "/".join(part for part in (application, environment) if part)
        known = self._listed  # replaced, never changed: several threads may read one ledger
        if (head, prefix) in known:
            return known[head, prefix]
        listing = [item for item in self.store.tree(head, prefix) if _NAME.search(item[0])]
        self._keep(head, {prefix: listing})
        return listing

    def _keep(self, head: str, listings: Mapping[str, list[tuple[str, str]]]) -> None:
        still_good = {key: value for key, value in self._listed.items() if key[0] == head}
        self._listed = still_good | {(head, prefix): listing for prefix, listing in listings.items()}

    def _read(self, listing: Iterable[tuple[str, str]]) -> None:
        missing = [(path, oid) for path, oid in listing if (path, oid) not in self._known]
        blobs = self.store.read(oid for _, oid in missing) if missing else {}
        self._known.update(((path, oid), _parse(path, blobs[oid])) for path, oid in missing)

    def _last_time(self, place: Place) -> datetime | None:
        names = [path for path, _ in self._listing(place.application, place.environment)]
        return max((_time_of(name) for name in names), default=None)


def path_of(entry: Entry) -> str:
    moment = entry.at.astimezone(UTC).strftime(_MOMENT)
    return f"{entry.application}/{entry.environment}/{moment}-{entry.kind}-{entry.promotion}.json"


def message_of(entries: Sequence[Entry]) -> str:
    """The ledger commit's message: one line an entry, so that ``git log`` reads as the record it is."""
    lines = [
        f"{entry.application} {entry.environment}: {entry.kind} {' '.join(entry.release.split())}" for entry in entries
    ]
    return "\n".join([lines[-1], "", *(lines if len(lines) > 1 else ())]).rstrip() + "\n"


def _kind_of(path: str) -> str:
    match = _NAME.search(path)
    return match[2] if match else ""


def _time_of(path: str) -> datetime:
    match = _NAME.search(path)
    try:
        return datetime.strptime(match[1] if match else "", _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise _unreadable(path, "its name is not a time") from None


def _render(entry: Entry) -> bytes:
    return (entry.model_dump_json(indent=2, exclude_defaults=True) + "\n").encode()


def _parse(path: str, blob: bytes) -> Entry:
    """The file's entry, which must be the one that its name announces: a copy in another place is none there."""
    try:
        entry = Entry.model_validate_json(blob)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _unreadable(path, f"{where}: {first['msg']}") from None
    if path_of(entry) != path:
        raise _unreadable(path, f"its content belongs to {path_of(entry)}")
    return entry


def _unreadable(path: str, why: str) -> RepositoryError:
    return RepositoryError(
        f"the ledger entry {path} cannot be read: {why}",
        "was it edited by hand, or written by a newer Promontory? Look at the ledger branch with git log",
    )

"""Reads the ledger, no more of it than is asked for, and says which files new entries become."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Protocol

from pydantic import ValidationError

from promontory.entry import KINDS, Entry, EntryKind
from promontory.errors import RepositoryError
from promontory.ledger.archive import Archiving, archive_of, plan_archiving
from promontory.ledger.chain import HEAD_FILE, Appended, Chain, Link, credible, hash_of, read_link
from promontory.ledger.directories import ANYWHERE, Directories
from promontory.ledger.months import Lying, Months
from promontory.ledger.names import EVERYTHING, Name, Wanted, path_of, paths_of, time_of
from promontory.ledger.place import PlaceEntries
from promontory.model import Place

# Read together: few at first, because most questions are answered by the newest entries.
_TOGETHER = (16, 64, 256)
_LOOKED_AHEAD = 12
_SELDOM_ASKED = frozenset({"planned", "tested", "reminded", "undelivered"})
# A server takes about a millisecond a push to go through so many.
_ARCHIVE_AFTER = 1_000


class LedgerStore(Directories, Protocol):
    """What the ledger needs of the repository."""

    def heads(self) -> Mapping[str, str]: ...
    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]: ...


@dataclass
class Ledger:
    """The entries as of the last sync. Several threads may read one ledger.

    ``archive_after``: so many entries the head holds until they move to the archive.
    """

    store: LedgerStore
    branch: str
    archive_after: int = _ARCHIVE_AFTER
    _known: dict[tuple[str, str], Entry] = field(default_factory=dict, repr=False)
    _months: Months = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._months = Months(self.store)

    def entries(
        self, application: str = "", environment: str = "", kinds: Sequence[EntryKind] = KINDS
    ) -> tuple[Entry, ...]:
        """The entries in the order of events; what is not asked for is not read."""
        found = [name for name in self.names(application, environment, Wanted(kinds)) if name.kind in kinds]
        return tuple(self._read(found))[::-1]

    def names(self, application: str = "", environment: str = "", wanted: Wanted = EVERYTHING) -> Iterator[Name]:
        """The names of files of entries that may be wanted, newest first, listed as far as they are taken."""
        head = self.store.heads().get(self.branch)
        return self._months.newest_first(head, [(application, environment)], wanted) if head else iter(())

    def newest(self, application: str = "", environment: str = "", wanted: Wanted = EVERYTHING) -> Iterator[Entry]:
        """The entries that are wanted, newest first, read as far as they are taken."""
        return self.read_in_turn(self.names(application, environment, wanted), wanted)

    def of(self, promotion: str, *kinds: EntryKind) -> tuple[Entry, ...]:
        """The entries of one promotion, wherever its members are, in the order of events."""
        return tuple(self.newest(wanted=Wanted(kinds, promotion)))[::-1] if promotion else ()

    def promotions(self, beginning: str) -> list[str]:
        """The promotions whose ids begin so, the newest first; none for nothing."""
        names = self.names(wanted=Wanted(beginning=beginning)) if beginning else ()
        return list(dict.fromkeys(name.promotion for name in names if name.promotion.startswith(beginning)))

    def place(self, place: Place) -> PlaceEntries:
        """The entries of one place, as of now, read when they are asked for."""
        head = self.store.heads().get(self.branch)
        return self._entries_of(self._months.of(head, (place.application, place.environment)) if head else ())

    def places(self, application: str = "") -> dict[Place, PlaceEntries]:
        """The entries of every place (of one application), place by place."""
        head = self.store.heads().get(self.branch)
        found = self._months.by_place(head, application) if head else {}
        parted = {where: where.partition("/") for where in sorted(found)}
        return {Place(name, where): self._entries_of(found[path]) for path, (name, _, where) in parted.items()}

    def _entries_of(self, months: Sequence[Lying]) -> PlaceEntries:
        return PlaceEntries(partial(self._months.names, months), self.read_in_turn)

    def read_in_turn(self, names: Iterable[Name], wanted: Wanted = EVERYTHING) -> Iterator[Entry]:
        """The wanted ones of ``names``, in their order."""
        fitting = (name for name in names if wanted.may_fit(name))
        sizes = iter(_TOGETHER)
        for name in fitting:
            known = self._known.get((name.path, name.oid))
            group = [name, *islice(fitting, next(sizes, _TOGETHER[-1]) - 1)] if known is None else []
            found = self._read(group) if known is None else [known]
            yield from (entry for entry in found if wanted.fits(entry))

    def look_ahead(self, places: Collection[Place]) -> None:
        """Read together what is about to be asked place by place: the newest entries of each that tell most."""
        head = self.store.heads().get(self.branch)
        found = [self._months.of(head, (place.application, place.environment)) for place in places] if head else []
        self._months.have([lying for months in found for lying in months[:1]])
        often = (filter(_is_asked_often, self._months.names(months)) for months in found)
        self._read([name for names in often for name in islice(names, _LOOKED_AHEAD)])

    def chain_head(self, commit: str | None = None) -> Link | None:
        """What the chain ends with (at ``commit``), as the ledger itself says; None where there is no chain yet."""
        head = commit or self.store.heads().get(self.branch)
        return read_link(self._head_file(head)) if head else None

    def appended(self, entries: Sequence[Entry], parent: str | None) -> Appended:
        """The entries as they are stored on top of the commit ``parent``, chained, and the edits that store them."""
        stored = self._head_file(parent) if parent else None
        link = read_link(stored) or (self._last_link(parent) if parent else None)
        anchor = f"commit:{parent}" if parent else None
        latest = {entry.place: self._latest(entry.place, parent) for entry in entries} if parent else {}
        return Chain(link, anchor, latest).append(entries, stored)

    def archiving(self, recorded: Sequence[Entry]) -> Archiving | None:
        """What should move to the archive, now that ``recorded`` is in the ledger; None for most.

        It is looked at once in a while only, so that a server that refuses to do it is not asked at every push.
        """
        step = max(1, self.archive_after // 10)
        numbers = [entry.number for entry in recorded if entry.number]
        head = self.store.heads().get(self.branch)
        if not head or not numbers or (min(numbers) - 1) // step == max(numbers) // step:
            return None
        return plan_archiving(self.store, head, self.archive_after)

    def archive(self, commit: str) -> str | None:
        """The commit that most entries of the ledger at ``commit`` lie in; None as long as it is short."""
        return archive_of(self.store.directory(commit))

    def root_file(self, name: str, commit: str | None = None) -> bytes | None:
        """The content of a file that lies beside the entries (at ``commit``)."""
        head = commit or self.store.heads().get(self.branch)
        found = self.store.directory(head).get(name) if head else None
        return self.store.read([found.oid])[found.oid] if found else None

    def _head_file(self, commit: str) -> bytes | None:
        return next((self.store.read([oid])[oid] for oid in self._head_oid(commit)), None)

    def _head_oid(self, commit: str | None = None) -> list[str]:
        head = commit or self.store.heads().get(self.branch)
        entry = self.store.directory(head).get(HEAD_FILE) if head else None
        return [entry.oid] if entry else []

    def _latest(self, place: Place, commit: str) -> datetime | None:
        names = self._months.newest_first(commit, [(place.application, place.environment)])
        return next((at for name in names if (at := time_of(name.moment))), None)

    def _last_link(self, commit: str) -> Link | None:
        """Where the file that names the chain's head was lost: the highest number, which is the newest of its place."""
        newest: dict[str, Name] = {}
        for name in self._months.newest_first(commit, [ANYWHERE]):
            newest.setdefault(_place_of(name), name)
        blobs = self.store.read(name.oid for name in newest.values())
        links = (_link(name.path, blobs[name.oid]) for name in newest.values())
        return max((link for link in links if link), key=lambda link: link.number, default=None)

    def _read(self, names: Sequence[Name]) -> list[Entry]:
        known = self._known  # only ever added to: several threads may read one ledger
        missing = [name for name in names if (name.path, name.oid) not in known]
        # The chain's head along with them: whoever reads is about to append, and may have to fetch.
        blobs = self.store.read([*(name.oid for name in missing), *self._head_oid()]) if missing else {}
        known.update(((name.path, name.oid), parse(name.path, blobs[name.oid])) for name in missing)
        return [known[name.path, name.oid] for name in names]


def message_of(entries: Sequence[Entry]) -> str:
    """The ledger commit's message: one line an entry, so that ``git log`` reads as the record it is."""
    lines = [
        f"{entry.application} {entry.environment}: {entry.kind} {' '.join(entry.release.split())}" for entry in entries
    ]
    return "\n".join([lines[-1], "", *(lines if len(lines) > 1 else ())]).rstrip() + "\n"


def parse(path: str, blob: bytes) -> Entry:
    """The file's entry, which must be the one that its name announces: a copy in another place is none there."""
    try:
        entry = Entry.model_validate_json(blob)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _unreadable(path, f"{where}: {first['msg']}") from None
    if path not in paths_of(entry):
        raise _unreadable(path, f"its content belongs to {path_of(entry)}")
    return entry


def _is_asked_often(name: Name) -> bool:
    return name.kind not in _SELDOM_ASKED


def _place_of(name: Name) -> str:
    """Before ``/2026/11/`` and the file."""
    return name.path[: name.path.rindex("/") - len("/2026/11")]


def _link(path: str, blob: bytes) -> Link | None:
    try:
        number = parse(path, blob).number
    except RepositoryError:
        return None
    return credible(Link(number=number, hash=hash_of(blob), path=path)) if number else None


def _unreadable(path: str, why: str) -> RepositoryError:
    return RepositoryError(
        f"the ledger entry {path} cannot be read: {why}",
        "was it edited by hand, or written by a newer Promontory? Look at the ledger branch with git log",
    )

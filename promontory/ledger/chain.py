"""The hash chain: each entry names the bytes of the one before it, and a file at the ledger's root the last one.

So who edits, removes or reorders an entry has to rewrite every later one. The file is there so that appending reads
the same whatever is in the ledger; nothing rests on it that the entries don't say themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import Field, ValidationError

from promontory.change import FileEdit, FileEdits, Value
from promontory.entry import Entry
from promontory.ledger.names import path_of, time_in
from promontory.model import Place

HEAD_FILE = "chain.json"
_MOST_ENTRIES = 2**52
_TICK = timedelta(microseconds=1)
# A worker's clock that is behind by less than this follows the others; a clock that is further ahead is not followed,
# or one broken machine would set the time for everybody.
SKEW = timedelta(minutes=10)


class Link(Value):
    """The entry that a chain ends with: its number, the hash of its bytes, and its path."""

    number: int = Field(ge=1)
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    path: str

    @property
    def named(self) -> str:
        """``57:sha256:…``: what is kept elsewhere, to find out whether it is still in the ledger."""
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Appended:
    """Entries as they are stored, and what becomes of the ledger's files."""

    entries: tuple[Entry, ...]
    edits: FileEdits


@dataclass
class Chain:
    """Where new entries go on: after ``link``, or where there is none, with ``anchor`` as what came before.

    ``latest`` is the time of each place's newest entry.
    """

    link: Link | None
    anchor: str | None
    latest: dict[Place, datetime | None] = field(default_factory=dict)

    def append(self, entries: Sequence[Entry], stored: bytes | None) -> Appended:
        """``stored`` is the content of `HEAD_FILE`, which is replaced."""
        linked: list[Entry] = []
        edits: list[FileEdit] = []
        for entry in entries:
            each = self._linked(entry)
            content = render(each)
            self.link = Link(number=each.number or 1, hash=hash_of(content), path=path_of(each))
            self.latest[entry.place] = each.at
            linked.append(each)
            edits.append(FileEdit(self.link.path, None, content))
        if self.link and entries:
            edits.append(FileEdit(HEAD_FILE, stored, (self.link.model_dump_json(indent=2) + "\n").encode()))
        return Appended(tuple(linked), FileEdits(tuple(edits)))

    def _linked(self, entry: Entry) -> Entry:
        number = self.link.number + 1 if self.link else 1
        before = self.link.hash if self.link else self.anchor
        return entry.model_copy(update={"at": self._time(entry), "number": number, "before": before})

    def _time(self, entry: Entry) -> datetime:
        """Later than all of its place, and than the whole chain unless somebody's clock is far ahead."""
        at = entry.at
        chained = time_in(self.link.path) if self.link else None
        if chained and timedelta(0) <= chained - at <= SKEW:
            at = _after(chained)
        latest = self.latest.get(entry.place)
        return max(at, _after(latest)) if latest else at


def read_link(content: bytes | None) -> Link | None:
    """None for what somebody has made of the file."""
    try:
        return credible(Link.model_validate_json(content)) if content else None
    except ValidationError:
        return None


def credible(link: Link) -> Link | None:
    """None for a number that nobody has counted to: not far after it an entry could not be read any more."""
    return link if link.number < _MOST_ENTRIES else None


def hash_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def render(entry: Entry) -> bytes:
    return (entry.model_dump_json(indent=2, exclude_defaults=True) + "\n").encode()


def _after(moment: datetime) -> datetime:
    try:
        return moment + _TICK
    except OverflowError:  # a name that somebody made up
        return moment

"""The names of the ledger's entries, month by month from the newest on, and only as far as somebody asks.

Most questions are about kinds of entries that most months have none of. So a month is listed as Git has it, and parsed
only where a name that is wanted may be in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import NamedTuple

from promontory.ledger.archive import archive_of
from promontory.ledger.directories import ANYWHERE, Directories, Listing, Month, months_below
from promontory.ledger.names import EVERYTHING, Name, Wanted, read_name

_MONTH = len("/2026/11")


class Lying(NamedTuple):
    """A month, and whether the archive has it: a part of a month may be in the head and one there."""

    month: Month
    archived: bool

    @property
    def key(self) -> tuple[str, bool]:
        return self.month.path, self.archived


@dataclass
class Months:
    """What was listed is kept as long as the directory has the same id. Several threads may ask at once."""

    store: Directories
    _listed: dict[tuple[str, bool], tuple[str, Listing]] = field(default_factory=dict, repr=False)
    _parsed: dict[tuple[str, bool], tuple[str, tuple[Name, ...]]] = field(default_factory=dict, repr=False)
    _places: tuple[str, dict[tuple[str, str], tuple[Lying, ...]]] = field(default=("", {}), repr=False)

    def newest_first(
        self, commit: str, places: Sequence[tuple[str, str]], wanted: Wanted = EVERYTHING
    ) -> Iterator[Name]:
        """The names of entries that may be wanted, below some (application, environment), of which "" means any."""
        return self.names(sorted({lying for place in places for lying in self.of(commit, place)}, reverse=True), wanted)

    def names(self, months: Sequence[Lying], wanted: Wanted = EVERYTHING) -> Iterator[Name]:
        """``months`` come newest first; they are listed some at a time, each time twice as many as before."""
        groups = iter([list(group) for _, group in groupby(months, key=lambda lying: lying.month.month)])
        together = 1
        while batch := list(islice(groups, together)):
            self.have([lying for group in batch for lying in group])
            for group in batch:
                if group[0].month.month < wanted.since[: len("2026/11")]:
                    return
                yield from sorted((name for lying in group for name in self._names(lying, wanted)), reverse=True)
            together *= 2

    def of(self, commit: str, place: tuple[str, str]) -> tuple[Lying, ...]:
        """The months of an (application, environment), newest first."""
        known_at, known = self._places
        if known_at != commit:
            known = {}
        if place not in known:
            self._places = (commit, known := {**known, place: self._lying(commit, place)})
        return known[place]

    def by_place(self, commit: str, application: str = "") -> dict[str, list[Lying]]:
        """The months of every place (of an application), by its path; all are listed, together."""
        months = self.of(commit, (application, ANYWHERE[1]))
        self.have(months)
        found: dict[str, list[Lying]] = {}
        for lying in months:
            found.setdefault(lying.month.path[:-_MONTH], []).append(lying)
        return found

    def have(self, months: Collection[Lying]) -> None:
        """Have these months here, without parsing them."""
        missing = [it for it in months if self._listed.get(it.key, ("",))[0] != it.month.oid]
        listings = self.store.listings([it.month.oid for it in missing]) if missing else ()
        for it, listing in zip(missing, listings, strict=True):
            self._listed[it.key] = (it.month.oid, listing)

    def _lying(self, commit: str, place: tuple[str, str]) -> tuple[Lying, ...]:
        root = self.store.directory(commit)
        found = [Lying(month, False) for month in months_below(self.store, root, [place])]
        if archive := archive_of(root):
            below = self.store.directory(archive)
            found += [Lying(month, True) for month in months_below(self.store, below, [place])]
        return tuple(sorted(found, reverse=True))

    def _names(self, lying: Lying, wanted: Wanted) -> Sequence[Name]:
        """All of a month, or those that may be wanted."""
        oid, parsed = self._parsed.get(lying.key, ("", ()))
        if oid == lying.month.oid:
            return parsed
        (_, listing), words = self._listed[lying.key], wanted.words
        if not all(listing.mentions(group) for group in words):
            return ()
        files = (it for it in listing.files() if all(any(word in it[0] for word in group) for group in words))
        names = tuple(name for file, oid in files if (name := read_name(lying.month.path, file, oid)))
        if not words:
            self._parsed[lying.key] = (lying.month.oid, names)
        return names

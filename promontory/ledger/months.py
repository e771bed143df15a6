"""The names of the ledger's entries, month by month from the newest on, and only as far as somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from promontory.ledger.archive import archive_of
from promontory.ledger.directories import Directories, Month, months_below
from promontory.ledger.names import Name, read_name

_FILES = ("100644", "100755")


@dataclass
class Months:
    """What was listed is kept as long as the directory has the same id. Several threads may ask at once."""

    store: Directories
    _known: dict[tuple[bool, str], tuple[str, tuple[Name, ...]]] = field(default_factory=dict, repr=False)

    def newest_first(self, commit: str, places: Sequence[tuple[str, str]]) -> Iterator[Name]:
        """The entries' names below some (application, environment), of which an empty one means any."""
        for _, months in groupby(self._all(commit, places), key=lambda each: each[0].month):
            yield from sorted((name for names in self._list(list(months)) for name in names), reverse=True)

    def _all(self, commit: str, places: Sequence[tuple[str, str]]) -> list[tuple[Month, bool]]:
        """The newest month first, and whether the archive has it: a part of a month may be here and one there."""
        root = self.store.directory(commit)
        found = [(month, False) for month in months_below(self.store, root, places)]
        if archive := archive_of(root):
            found += [(month, True) for month in months_below(self.store, self.store.directory(archive), places)]
        return sorted(found, reverse=True)

    def _list(self, months: Sequence[tuple[Month, bool]]) -> list[tuple[Name, ...]]:
        known = dict(self._known)
        keys = [(archived, month.path) for month, archived in months]
        missing = [
            (key, month) for key, (month, _) in zip(keys, months, strict=True) if known.get(key, ("",))[0] != month.oid
        ]
        trees = self.store.directories([month.oid for _, month in missing])
        for (key, month), tree in zip(missing, trees, strict=True):
            files = ((file, entry.oid) for file, entry in tree.items() if entry.mode in _FILES)
            names = (read_name(month.path, file, oid) for file, oid in files)
            known[key] = (month.oid, tuple(name for name in names if name))
        self._known = known
        return [known[key][1] for key in keys]

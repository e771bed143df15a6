"""The ledger's directories, one a month and place: listed from the newest on, and only as far as somebody asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, Protocol

from promontory.change import TreeEntry
from promontory.ledger.names import Name, read_name

_DIRECTORY, _FILES = "40000", ("100644", "100755")
_YEAR, _MONTH = re.compile(r"\d{4}"), re.compile(r"\d\d")
_ANY = re.compile(".*", re.DOTALL)

Tree = Mapping[str, TreeEntry]


class Directories(Protocol):
    """What is needed of the repository."""

    def directory(self, commit: str) -> Tree: ...
    def directories(self, oids: Sequence[str]) -> Sequence[Tree]: ...


class Month(NamedTuple):
    """``month`` is ``2026/11``, ``path`` where it lies."""

    month: str
    path: str
    oid: str


@dataclass
class Months:
    """What was listed is kept as long as the directory has the same id. Several threads may ask at once."""

    store: Directories
    _known: dict[str, tuple[str, tuple[Name, ...]]] = field(default_factory=dict, repr=False)

    def newest_first(self, commit: str, places: Sequence[tuple[str, str]]) -> Iterator[Name]:
        """The entries' names below some (application, environment), of which an empty one means any."""
        for _, months in groupby(self._all(commit, places), key=lambda month: month.month):
            yield from sorted((name for names in self._list(list(months)) for name in names), reverse=True)

    def _all(self, commit: str, places: Sequence[tuple[str, str]]) -> list[Month]:
        """The newest month first."""
        applications = [("", self.store.directory(commit))]
        found: dict[str, Month] = {}
        for application, environment in places:
            patterns = (_exactly(application), _exactly(environment), _YEAR, _MONTH)
            level: list[tuple[str, Tree]] = applications
            below: list[tuple[str, str]] = []
            for depth, pattern in enumerate(patterns):
                below = [
                    (f"{path}{name}", entry.oid)
                    for path, tree in level
                    for name, entry in _matching(tree, pattern)
                    if entry.mode == _DIRECTORY
                ]
                if depth < len(patterns) - 1:
                    trees = self.store.directories([oid for _, oid in below])
                    level = [(f"{path}/", tree) for (path, _), tree in zip(below, trees, strict=True)]
            found |= {path: Month(path[-len("2026/11") :], path, oid) for path, oid in below}
        return sorted(found.values(), reverse=True)

    def _list(self, months: Sequence[Month]) -> list[tuple[Name, ...]]:
        known = dict(self._known)
        missing = [month for month in months if known.get(month.path, ("", ()))[0] != month.oid]
        for month, tree in zip(missing, self.store.directories([each.oid for each in missing]), strict=True):
            files = ((file, entry.oid) for file, entry in tree.items() if entry.mode in _FILES)
            names = (read_name(month.path, file, oid) for file, oid in files)
            known[month.path] = (month.oid, tuple(name for name in names if name))
        self._known = known
        return [known[month.path][1] for month in months]


def _matching(tree: Tree, pattern: re.Pattern[str]) -> Iterator[tuple[str, TreeEntry]]:
    return ((name, entry) for name, entry in tree.items() if pattern.fullmatch(name))


def _exactly(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name)) if name else _ANY

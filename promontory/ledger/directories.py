"""The ledger's directories down to the months: ``<application>/<environment>/<year>/<month>``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from promontory.change import TreeEntry

DIRECTORY = "40000"
# Of an (application, environment), an empty one means any.
ANYWHERE = ("", "")
_YEAR, _MONTH = re.compile(r"\d{4}"), re.compile(r"\d\d")
_ANY = re.compile(".*", re.DOTALL)

Tree = Mapping[str, TreeEntry]


class Listing(Protocol):
    """A directory that need not be parsed."""

    def mentions(self, words: Iterable[str]) -> bool:
        """Whether a name may have one of these in it; where this is False, none has."""

    def files(self) -> Sequence[tuple[str, str]]:
        """(name, object id) of every file."""


class Directories(Protocol):
    """What is needed of the repository."""

    def directory(self, commit: str) -> Tree: ...
    def directories(self, oids: Sequence[str]) -> Sequence[Tree]: ...
    def listings(self, oids: Sequence[str]) -> Sequence[Listing]: ...


class Month(NamedTuple):
    """``month`` is ``2026/11``, ``path`` where it lies."""

    month: str
    path: str
    oid: str


def months_below(store: Directories, root: Tree, places: Sequence[tuple[str, str]]) -> list[Month]:
    """The months of some places, in no particular order."""
    found: dict[str, Month] = {}
    for application, environment in places:
        patterns = (_exactly(application), _exactly(environment), _YEAR, _MONTH)
        level: list[tuple[str, Tree]] = [("", root)]
        below: list[tuple[str, str]] = []
        for depth, pattern in enumerate(patterns):
            below = [
                (f"{path}{name}", entry.oid)
                for path, tree in level
                for name, entry in _matching(tree, pattern)
                if entry.mode == DIRECTORY
            ]
            if depth < len(patterns) - 1:
                trees = store.directories([oid for _, oid in below])
                level = [(f"{path}/", tree) for (path, _), tree in zip(below, trees, strict=True)]
        found |= {path: Month(path[-len("2026/11") :], path, oid) for path, oid in below}
    return list(found.values())


def _matching(tree: Tree, pattern: re.Pattern[str]) -> Iterator[tuple[str, TreeEntry]]:
    return ((name, entry) for name, entry in tree.items() if pattern.fullmatch(name))


def _exactly(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name)) if name else _ANY

"""The files of a commit behind a mirror that may turn out to be damaged while they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import cast

from promontory.repository.searching import Searches
from promontory.repository.tree import CommitFiles
from promontory.search import Found, Pattern


@dataclass(frozen=True)
class RepairingFiles:
    """`promontory.change.Files`. ``reading`` does it, once more where the mirror had to be fetched anew."""

    files: CommitFiles
    searches: Searches
    reading: Callable[[Callable[[], object]], object]

    def read(self, path: str) -> bytes | None:
        return cast("bytes | None", self.reading(lambda: self.files.read(path)))

    def names(self, directory: str) -> tuple[str, ...] | None:
        return cast("tuple[str, ...] | None", self.reading(lambda: self.files.names(directory)))

    def search(self, directory: str, pattern: Pattern, names: Collection[str]) -> Found:
        return cast("Found", self.reading(lambda: self.searches.find(self.files.commit, directory, pattern, names)))

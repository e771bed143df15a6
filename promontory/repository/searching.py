"""What a pattern finds in the files of a commit. A blob is looked through once, whatever commits it appears in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from threading import Lock

from promontory.repository.tree import SUBMODULE, SYMLINK, Trees
from promontory.search import Found, Pattern, fits

_TOGETHER = 500  # blobs held in memory at once
_KEPT_RESULTS = 256


@dataclass
class Searches:
    """``fetch`` has all of the given blobs brought here at once. Several threads may search."""

    trees: Trees
    fetch: Callable[[list[str]], None]
    _answers: dict[Pattern, dict[str, tuple[bytes, ...]]] = field(default_factory=dict, repr=False)
    _results: OrderedDict[tuple[object, ...], Found] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def find(self, commit: str, directory: str, pattern: Pattern, names: Collection[str]) -> Found:
        """Path → all that ``pattern`` finds there, of the files with a name that fits one of ``names``."""
        asked = (commit, directory, pattern, *names)
        with self._lock:
            if asked not in self._results:
                self._results[asked] = self._find(commit, directory, pattern, names)
                while len(self._results) > _KEPT_RESULTS:
                    self._results.popitem(last=False)
            return self._results[asked]

    def _find(self, commit: str, directory: str, pattern: Pattern, names: Collection[str]) -> Found:
        entries = [
            (path, entry.oid)
            for path, entry in self.trees.walk(commit, directory)
            if entry.mode not in (SYMLINK, SUBMODULE) and fits(path, names)
        ]
        answers = self._answers.setdefault(pattern, {})
        self._look_through([oid for oid in dict.fromkeys(oid for _, oid in entries) if oid not in answers], pattern)
        return {path: found for path, oid in entries if (found := answers[oid])}

    def _look_through(self, oids: list[str], pattern: Pattern) -> None:
        if oids:
            self.fetch(oids)
        for start in range(0, len(oids), _TOGETHER):
            group = oids[start : start + _TOGETHER]
            for oid, item in zip(group, self.trees.objects.get(group), strict=True):
                self._answers[pattern][oid] = tuple(pattern.findall(item.data)) if item else ()

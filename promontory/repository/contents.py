"""What the commits of a repository hold: files, trees, blobs; fetched together where they are missing here.

It knows commits by their ids only; which branch or tag names them is the facade's business.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from promontory.change import FileEdits, Files, TreeEntry
from promontory.errors import CorruptMirror, RepositoryError
from promontory.repository.directories import write_directories
from promontory.repository.export import edited, export
from promontory.repository.graph import tree_of
from promontory.repository.listing import Listing
from promontory.repository.mirror import Mirror
from promontory.repository.objects import Objects
from promontory.repository.repairing import RepairingFiles
from promontory.repository.searching import Searches
from promontory.repository.tree import SUBMODULE, SYMLINK, CommitFiles, Trees

Result = TypeVar("Result")


class Contents:
    """Reads through a mirror, which is fetched anew where it turns out to be damaged."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._objects = Objects(mirror.command, mirror.remote.url, mirror.failure)
        self._trees = Trees(self._objects)
        self._searches = Searches(self._trees, self._have)
        self._present: set[str] = set()
        weakref.finalize(self, self._objects.close)

    @property
    def url(self) -> str:
        """Safe to show: no password, no http user name."""
        return self._mirror.remote.url

    def files(self, commit: str) -> Files:
        """The files of a commit, read when they are asked for."""
        return RepairingFiles(CommitFiles(self._trees, commit), self._searches, self._reading)

    def tree(self, commit: str, prefix: str = "") -> list[tuple[str, str]]:
        """(path, object id) of every file below a prefix, sorted; none where there is no such directory."""
        return [(path, entry.oid) for path, entry in self.entries(commit, prefix)]

    def entries(self, commit: str, prefix: str = "") -> list[tuple[str, TreeEntry]]:
        """Like `tree`, with the mode of each."""
        return self._reading(lambda: self._trees.walk(commit, prefix))

    def tree_id(self, commit: str, path: str) -> str | None:
        """The object id of a directory or a file; None where there is none. ``.`` and an empty path are the root."""
        clean = "/".join(part for part in path.split("/") if part not in ("", "."))
        if not clean:
            return self._reading(lambda: tree_of(self._mirror, commit))
        entry = self._reading(lambda: self._trees.entry(commit, clean, strict=False))
        return entry.oid if entry else None

    def look_ahead(self, commit: str, places: Collection[str]) -> None:
        """Read together what is about to be read file by file: below directories, and single files."""

        def operation() -> None:
            files = [
                entry.oid for _, entry in self._trees.below(commit, places) if entry.mode not in (SUBMODULE, SYMLINK)
            ]
            self._mirror.fetch_missing(files)
            self._trees.blobs(files)

        self._reading(operation)

    def trees_below(self, commit: str, places: Collection[str]) -> list[tuple[str, str]]:
        """(path, object id) of every file below several directories."""
        return [(path, entry.oid) for path, entry in self._reading(lambda: self._trees.below(commit, places))]

    def directory(self, commit: str, path: str = "") -> Mapping[str, TreeEntry]:
        """What a directory of a commit holds; nothing where there is no such directory."""
        return self._reading(lambda: self._trees.directory(commit, path)) or {}

    def directories(self, oids: Sequence[str]) -> list[Mapping[str, TreeEntry]]:
        """What directories hold, by their ids; read together."""
        return self._reading(lambda: self._trees.load(list(oids)))

    def listings(self, oids: Sequence[str]) -> list[Listing]:
        """Like `directories`, for those that are looked through: thousands of them are as good as unread."""
        return self._reading(lambda: self._trees.listings(list(oids)))

    def write_directories(self, directories: Sequence[Mapping[str, TreeEntry]]) -> list[str]:
        """The ids of directories that hold these entries, whether what they name is here or not."""
        return self._reading(lambda: write_directories(self._mirror, directories))

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The blobs' contents, with at most one fetch for all that are missing here."""
        wanted = list(dict.fromkeys(oids))

        def operation() -> dict[str, bytes]:
            self._have(wanted)
            found = self._objects.get(wanted)
            return {
                oid: self._content(oid, item.data if item else None) for oid, item in zip(wanted, found, strict=True)
            }

        return self._reading(operation)

    def missing(self, oids: Iterable[str]) -> set[str]:
        """Those of the blobs that would have to be fetched."""
        wanted = list(oids)
        return self._reading(lambda: self._mirror.missing(wanted))

    def have(self, oids: Iterable[str]) -> None:
        """Have these blobs here, with at most one fetch, before they are read by and by."""
        wanted = list(dict.fromkeys(oids))
        self._reading(lambda: self._have(wanted))

    def export(self, commit: str | None, directory: Path, edits: FileEdits | None = None) -> tuple[str, ...]:
        """Write the commit's files into a directory; returns what was left out because it is not safe.

        With ``edits`` they are written as they would be after them; ``commit`` None: there are no others.
        """

        def operation() -> tuple[str, ...]:
            there = self._trees.walk(commit, "") if commit else []
            entries, written = edited(there, edits or FileEdits())
            blobs = [entry.oid for _, entry in entries if entry.mode != SUBMODULE and entry.oid not in written]
            self._mirror.fetch_missing(blobs)
            return export(lambda oids: self._read_over(written, oids), entries, directory)

        return self._reading(operation)

    def close(self) -> None:
        """End the helper process; the repository can still be used."""
        self._objects.close()

    def _read_over(self, written: Mapping[str, bytes], oids: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(oids)
        return {**self.read(oid for oid in wanted if oid not in written), **written}

    def _have(self, oids: list[str]) -> None:
        """What was seen here once is not asked for again."""
        if unknown := [oid for oid in oids if oid not in self._present]:
            self._mirror.fetch_missing(unknown)
            self._present.update(unknown)

    def _reading(self, operation: Callable[[], Result]) -> Result:
        def attempt() -> Result:
            try:
                return operation()
            except CorruptMirror:
                self._objects.close()
                self._present.clear()
                raise

        return self._mirror.repairing(attempt)

    def _content(self, oid: str, data: bytes | None) -> bytes:
        if data is None:
            raise RepositoryError(f"{self.url} has no object {oid}")
        return data

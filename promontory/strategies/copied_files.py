"""Files that are promoted whole, from the directory of an environment before, and what release they make."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from posixpath import dirname

from promontory.change import Files
from promontory.errors import StrategyError
from promontory.search import Found, Pattern, found_over
from promontory.strategies.paths import join


def release_of(files: Files, directory: str, names: Sequence[str]) -> str | None:
    """``sha256:`` over the files' names and contents, whatever their order; None where one of them is missing.

    For each name, sorted: the name, a NUL, the content's length in bytes, a NUL, the content.
    """
    total = sha256()
    for name in sorted(names):
        content = files.read(join(directory, name))
        if content is None:
            return None
        total.update(b"%s\0%d\0" % (name.encode(), len(content)) + content)
    return "sha256:" + total.hexdigest()


def copies(files: Files, source: str, target: str, names: Sequence[str]) -> dict[str, bytes]:
    """Path → content of the files to be written below ``target``. A missing source file is a `StrategyError`."""
    contents = {name: files.read(join(source, name)) for name in names}
    missing = [join(source, name) for name, content in contents.items() if content is None]
    if missing:
        raise StrategyError(f"{' and '.join(missing)} cannot be copied: no such file", "correct copy: or add the file")
    return {join(target, name): content for name, content in contents.items() if content is not None}


@dataclass(frozen=True)
class Overlay:
    """The files as they will be, once ``written`` has been written."""

    files: Files
    written: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        return self.written[path] if path in self.written else self.files.read(path)

    def names(self, directory: str) -> tuple[str, ...] | None:
        there = self.files.names(directory)
        new = (path for path in self.written if dirname(path) == directory)
        return None if there is None else tuple(dict.fromkeys((*there, *(path.rpartition("/")[2] for path in new))))

    def search(self, directory: str, pattern: Pattern, names: Collection[str]) -> Found:
        return found_over(self.files.search(directory, pattern, names), self.written, directory, pattern, names)

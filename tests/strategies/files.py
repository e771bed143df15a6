"""A fake of the files of one commit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import Path


class DictFiles:
    """`promontory.model.Files` over a mapping from path to content."""

    def __init__(self, contents: Mapping[str, bytes | str]) -> None:
        self.contents = {
            path: content.encode() if isinstance(content, str) else content for path, content in contents.items()
        }

    @classmethod
    def below(cls, folder: Path) -> DictFiles:
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def read(self, path: str) -> bytes | None:
        return self.contents.get(path)

    def names(self, directory: str) -> tuple[str, ...] | None:
        prefix = f"{directory}/" if directory else ""
        below = [path.removeprefix(prefix) for path in self.contents if path.startswith(prefix)]
        names = {name if not rest else f"{name}/" for name, _, rest in (path.partition("/") for path in below)}
        return tuple(sorted(names)) or None

    def search(
        self, directory: str, pattern: re.Pattern[bytes], names: Collection[str]
    ) -> Mapping[str, tuple[bytes, ...]]:
        prefix = "" if directory in ("", ".") else f"{directory}/"
        below = {path: content for path, content in sorted(self.contents.items()) if path.startswith(prefix)}
        return {
            path: tuple(pattern.findall(content))
            for path, content in below.items()
            if pattern.search(content) and any(fnmatchcase(path.rpartition("/")[2], name) for name in names)
        }

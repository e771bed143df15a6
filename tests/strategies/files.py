"""A fake of the files of one commit."""

from __future__ import annotations

from collections.abc import Mapping
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

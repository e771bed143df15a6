"""The files of a repository that may name a release, read once and within bounds.

The repository is whoever's: what is too large, too much, a symbolic link or no YAML is left out with a note. Aliases
are not expanded, so that a few lines stay a few lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingType
from collections.abc import Sequence as SequenceType
from dataclasses import dataclass, field

from promontory.change import Files, Snapshot
from promontory.errors import StrategyError, YamlError
from promontory.yamledit import Mapping, Node, Scalar, Sequence, read_yaml

MAX_PATHS = 100_000
MAX_FILES = 20_000
MAX_BYTES = 1_000_000
MAX_DEPTH = 30
_SHOWN = 5
_SKIPPED = {"node_modules", "vendor", "__pycache__"}
_NAMES = re.compile(r"(.+\.(ya?ml|json)|Kustomization)", re.IGNORECASE)
# What Flux writes for itself, and lock files: large, and never a place for a release.
_OTHERS = {"gotk-components.yaml", "gotk-sync.yaml", "package.json", "package-lock.json", "pnpm-lock.yaml"}
_TELLING = re.compile(rb"image|tag|version|revision|kind|resources|bases|components", re.IGNORECASE)
_MARKER = re.compile(r'#\s*\{\s*"\$imagepolicy"\s*:\s*"([^"\s]+)"\s*\}')
Prefetch = Callable[[SequenceType[str]], None]


@dataclass(frozen=True)
class Seen:
    """``documents``: path → what its documents say, as dict, list, str and None (for null and for aliases).

    ``markers``: path → the image policies that are named in comments. ``name`` is the repository's own.
    """

    snapshot: Snapshot
    name: str = "application"
    paths: tuple[str, ...] = ()
    documents: MappingType[str, tuple[object, ...]] = field(default_factory=dict)
    markers: MappingType[str, tuple[str, ...]] = field(default_factory=dict)
    branches: tuple[str, ...] = ()
    branch: str = "main"
    notes: tuple[str, ...] = ()


def see(
    snapshot: Snapshot,
    name: str,
    branches: SequenceType[str] = (),
    branch: str = "main",
    prefetch: Prefetch = lambda _: None,
) -> Seen:
    """Look through the head of the repository's own branch."""
    notes = _Notes()
    paths = _walk(snapshot, notes)
    candidates = [path for path in paths if _is_candidate(path)]
    if len(candidates) > MAX_FILES:
        notes.add(f"only the first {MAX_FILES:,} of {len(candidates):,} YAML files were read", "")
        candidates = candidates[:MAX_FILES]
    prefetch(candidates)
    reader = _Reader(snapshot, notes)
    for path in candidates:
        reader.take(path)
    return Seen(
        snapshot, name, tuple(paths), reader.documents, reader.markers, tuple(branches), branch, notes.sentences()
    )


def _is_candidate(path: str) -> bool:
    name = path.rpartition("/")[2]
    return bool(_NAMES.fullmatch(name)) and name not in _OTHERS and path.isprintable() and not {*"{}\\"} & {*path}


class _Notes:
    """What was left out: reason → the files, told together."""

    def __init__(self) -> None:
        self.told: dict[str, list[str]] = {}

    def add(self, reason: str, path: str) -> None:
        self.told.setdefault(reason, []).append(path)

    def sentences(self) -> tuple[str, ...]:
        return tuple(_told(reason, [path for path in paths if path]) for reason, paths in self.told.items())


def _told(reason: str, paths: SequenceType[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{reason}: {', '.join(paths[:_SHOWN])}{more}" if paths else reason


def _walk(files: Files, notes: _Notes) -> list[str]:
    """Every file's path, in the order of the names, but for hidden and vendored directories."""
    found: list[str] = []
    level = [""]
    for _ in range(MAX_DEPTH):
        below: list[str] = []
        for directory in level:
            for name in files.names(directory) or ():
                path = f"{directory}/{name}" if directory else name
                if name.endswith("/") and not name.startswith(".") and name[:-1] not in _SKIPPED:
                    below.append(path[:-1])
                elif not name.endswith("/"):
                    found.append(path)
            if len(found) + len(below) > MAX_PATHS:
                notes.add(f"the repository has more than {MAX_PATHS:,} files: the rest was not looked at", "")
                return sorted(found)
        level = below
    return sorted(found)


class _Reader:
    def __init__(self, files: Files, notes: _Notes) -> None:
        self.files = files
        self.notes = notes
        self.documents: dict[str, tuple[object, ...]] = {}
        self.markers: dict[str, tuple[str, ...]] = {}

    def take(self, path: str) -> None:
        """Read one file, or note why not."""
        try:
            content = self.files.read(path)
        except StrategyError:
            self.notes.add("symbolic links are not followed", path)
            return
        if content is None or not _TELLING.search(content[:MAX_BYTES]):
            return
        if len(content) > MAX_BYTES:
            self.notes.add(f"larger than {MAX_BYTES:,} bytes, not read", path)
            return
        self._parse(path, content)

    def _parse(self, path: str, content: bytes) -> None:
        try:
            file = read_yaml(content, path)
        except YamlError:
            if "templates" not in path.split("/"):  # a Helm chart's are no YAML yet
                self.notes.add("not plain YAML, not read", path)
            return
        self.documents[path] = tuple(plain(document) for document in file.documents)
        if found := tuple(dict.fromkeys(_MARKER.findall(file.text))):
            self.markers[path] = found


def plain(node: Node) -> object:
    """The node as dict, list and str; nesting is bounded by `read_yaml`."""
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.pairs if isinstance(key, Scalar)}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) and not node.is_null else None

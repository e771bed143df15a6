"""Write a commit's files into a directory, trusting none of its names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from promontory.change import FileEdits, TreeEntry
from promontory.errors import UsageError
from promontory.repository.blobs import check_path
from promontory.repository.tree import SUBMODULE, SYMLINK

_TOGETHER = 500  # files in memory at a time
_EXECUTABLE = "100755"
_PLAIN = "100644"

Read = Callable[[Iterable[str]], Mapping[str, bytes]]


def export(read: Read, entries: list[tuple[str, TreeEntry]], directory: Path) -> tuple[str, ...]:
    """The bytes as they are committed: no filters, no line ends converted, no attributes.

    Returns what was left out: names that are no safe path, and symbolic links that lead out of the directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    safe = [(path, entry) for path, entry in entries if _is_safe(path)]
    skipped = [path for path, _ in entries if not _is_safe(path)]
    for path, entry in safe:
        if entry.mode == SUBMODULE:
            (directory / path).mkdir(parents=True, exist_ok=True)
    files = [(path, entry) for path, entry in safe if entry.mode not in (SYMLINK, SUBMODULE)]
    for start in range(0, len(files), _TOGETHER):
        group = files[start : start + _TOGETHER]
        contents = read(entry.oid for _, entry in group)
        for path, entry in group:
            _write(directory / path, contents[entry.oid], entry.mode)
    # Links come last, so that no file is ever written through one.
    links = [(path, entry) for path, entry in safe if entry.mode == SYMLINK]
    targets = read(entry.oid for _, entry in links)
    return tuple(skipped + [path for path, entry in links if not _link(directory, path, targets[entry.oid])])


def edited(
    entries: Iterable[tuple[str, TreeEntry]], edits: FileEdits
) -> tuple[list[tuple[str, TreeEntry]], Mapping[str, bytes]]:
    """The entries after ``edits``, and the contents that are no objects yet, by ids that are none of Git's."""
    there = dict(entries)
    written: dict[str, bytes] = {}
    for edit in edits.edits:
        if edit.after is None:
            there.pop(edit.path, None)
            continue
        oid = f"written:{edit.path}"
        written[oid] = edit.after
        there[edit.path] = TreeEntry(there[edit.path].mode if edit.path in there else _PLAIN, oid)
    for entry in edits.entries:
        if entry.after is None:
            there.pop(entry.path, None)
        else:
            there[entry.path] = entry.after
    return sorted(there.items()), written


def _write(path: Path, content: bytes, mode: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755 if mode == _EXECUTABLE else 0o644)


def _link(directory: Path, path: str, target: bytes) -> bool:
    name = target.decode("utf-8", "surrogateescape")
    link = directory / path
    if not _stays_inside(path, name) or link.exists() or link.is_symlink():
        return False
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(name)
    return True


def _stays_inside(path: str, target: str) -> bool:
    """Up only at the start, through directories that are real: behind a name, ``..`` could follow another link."""
    parts = PurePosixPath(target).parts
    ups = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    depth = len(PurePosixPath(path).parts) - 1
    sane = bool(target) and "\0" not in target and not target.startswith("/")
    return sane and ups <= depth and ".." not in parts[ups:]


def _is_safe(path: str) -> bool:
    try:
        check_path(path)
    except UsageError:
        return False
    return True

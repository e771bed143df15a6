"""What a `Render` does to a branch: the manifests are made, and compared with what the branch holds.

Made while planning, so that people approve the very bytes that are pushed. The push plans again and must come to the
same: a result is kept for as long as the process lives, and another process makes it from the same commit.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import TracebackType
from typing import Self

from promontory.change import EntryEdit, FileEdit, FileEdits, Render, TreeEntry
from promontory.errors import RenderingError, StrategyError
from promontory.promotion.territories import check_territories
from promontory.promotion.workspace import Workspace
from promontory.rendering import files_of, find_program, run_program

log = logging.getLogger("promontory.promotion")

_KEPT_BYTES = 128 * 1024 * 1024
_PLAIN_FILES = ("100644", "100755")
Manifests = Mapping[str, bytes]


@dataclass
class _Kept:
    """What was made lately, within bounds. Several threads plan at once."""

    made: OrderedDict[tuple[str, Render], Manifests] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, program: str, render: Render) -> Manifests | None:
        with self.lock:
            return self.made.get((program, render))

    def put(self, program: str, render: Render, manifests: Manifests) -> None:
        with self.lock:
            self.made[program, render] = manifests
            while len(self.made) > 1 and sum(map(_size, self.made.values())) > _KEPT_BYTES:
                self.made.popitem(last=False)


_KEPT = _Kept()


class Rendering:
    """For the time of one plan, in which each commit's files are written out once, however many are made of them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._trees: dict[str, Path] = {}
        self._stack = ExitStack()
        self._checked = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def edits(self, base: str | None, render: Render) -> FileEdits:
        """What makes the directory of a branch at ``base`` (None: there is no such branch) what was rendered.

        Raises `RenderingError` where kustomize or helm cannot, and `StrategyError` where the branch is not as it
        should be.
        """
        if not self._checked:
            check_territories(self._workspace)
            self._checked = True
        manifests = {_below(render.path, name): content for name, content in self._manifests(render).items()}
        there = self._there(base, render.path)
        _refuse_what_is_in_the_way(there, manifests)
        contents = self._workspace.repository.read(there[path].oid for path in manifests if path in there)
        edits = (
            FileEdit(path, contents[there[path].oid] if path in there else None, content)
            for path, content in manifests.items()
        )
        gone = [EntryEdit(path, entry, None) for path, entry in there.items() if path not in manifests]
        return FileEdits(tuple(edit for edit in edits if edit.before != edit.after), tuple(gone))

    def _there(self, base: str | None, path: str) -> dict[str, TreeEntry]:
        if base is None:
            return {}
        files = self._workspace.repository.files(base)
        for above in (*_parents(path), path) if path != "." else ():
            if files.read(above) is not None:
                raise StrategyError(f"{above} is a file on the branch, not a directory", "correct path:")
        return dict(self._workspace.repository.entries(base, path))

    def _manifests(self, render: Render) -> Manifests:
        program = find_program(render.program)
        manifests = _KEPT.get(program, render)
        if manifests is None:
            manifests = self._made(program, render)
            _KEPT.put(program, render, manifests)
        return manifests

    def _made(self, program: str, render: Render) -> Manifests:
        tree = self._tree(render.commit)
        if not (tree / render.source).is_dir():
            message = f"{render.commit[:12]} has no directory {render.source}"
            raise RenderingError(message, "correct source:, or promote a release that has it")
        manifests = _run(program, render, tree)
        if render.twice:
            _check_same(render, manifests, _run(program, render, tree))
        log.info("%s made %d files of %s at %s", render.program, len(manifests), render.source, render.commit[:12])
        return manifests

    def _tree(self, commit: str) -> Path:
        if commit not in self._trees:
            place = self._stack.enter_context(TemporaryDirectory(prefix="promontory-render-"))
            tree = Path(place).resolve()
            self._workspace.repository.export(commit, tree)
            self._trees[commit] = tree
        return self._trees[commit]


def _run(program: str, render: Render, tree: Path) -> Manifests:
    return files_of(run_program(program, render.arguments, tree, render.timeout), render.program)


def _check_same(render: Render, once: Manifests, twice: Manifests) -> None:
    differing = [name for name in sorted({*once, *twice}) if once.get(name) != twice.get(name)]
    if differing:
        raise RenderingError(
            f"{render.program} makes something else of {render.source} each time: {', '.join(differing)}",
            "give fixed values to what is random or of the moment (randAlphaNum, genCA, uuidv4, now)",
        )


def _refuse_what_is_in_the_way(there: Mapping[str, TreeEntry], manifests: Manifests) -> None:
    """A link, a submodule or a directory where a file is to be."""
    directories = {parent for path in there for parent in _parents(path)}
    for path in manifests:
        link = path in there and there[path].mode not in _PLAIN_FILES
        if link or path in directories:
            raise StrategyError(f"{path} on the branch is no plain file", "remove it from the branch by hand")


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _below(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"


def _size(manifests: Manifests) -> int:
    return sum(map(len, manifests.values()))

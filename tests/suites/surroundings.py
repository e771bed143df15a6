"""What a suite may use, made for tests: a directory for a working tree, and nothing else unless it is given."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from promontory.clock import SystemClock
from promontory.errors import UsageError
from promontory.model import Place
from promontory.options import Target
from promontory.promotion.code import NoForges
from promontory.suites.contract import Attempt, Facilities, Files, Outcome, SourceCommit, Suite, WorkingTree
from promontory.tokens import HostTokens

TARGET = Target(Place("web-app", "staging"), "v1.3.0")
HEAD = "a" * 40


@dataclass
class FilesIn:
    """Each working tree is a copy of ``directory``; ``opened`` says which kinds were asked for.

    ``in_place``: the directory itself is handed out, so that a test can look into it afterwards.
    """

    directory: Path
    commit: str | None = None
    git_url: str | None = None
    in_place: bool = False
    opened: list[Files] = field(default_factory=list)

    async def source(self) -> SourceCommit:
        if self.commit is None:
            raise UsageError("which commit v1.3.0 was made of is not known", "write releases:")
        return SourceCommit(self.commit, self.git_url)

    async def read(self, path: str) -> bytes | None:
        file = self.directory / path
        return file.read_bytes() if await asyncio.to_thread(file.is_file) else None

    @asynccontextmanager
    async def tree(self, files: Files) -> AsyncIterator[WorkingTree]:
        self.opened.append(files)
        if self.in_place:
            yield WorkingTree(self.directory, HEAD)
            return
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "tree"
            shutil.copytree(self.directory, copy, symlinks=True)
            yield WorkingTree(copy, HEAD)


def facilities(**given: Any) -> Facilities:
    """``code`` is wanted by most; a field that is not given fails when it is used."""
    default = Facilities(
        clock=SystemClock(),
        objects=None,  # type: ignore[arg-type]
        code=FilesIn(Path("/nonexistent")),
        forges=NoForges(),
        tokens=HostTokens(),
    )
    return replace(default, **given)


def attempt(target: Target = TARGET, key: str = "0f1e2d3c4b5a", promotion: str = "0123456789ab") -> Attempt:
    return Attempt(target, promotion, key)


def run(suite: Suite, around: Facilities, of: Attempt | None = None) -> Outcome:
    return asyncio.run(suite.run(of or attempt(), around))

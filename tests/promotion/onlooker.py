"""Who only looks at a repository, and who commits to it by hand: on the bare one itself, without a mirror or a push."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from promontory.repository import GitSettings, Repository
from promontory.repository.access import command_for
from promontory.repository.mirror import Heads, Mirror
from promontory.repository.remote import parse_remote
from promontory.repository.settings import PROMONTORY
from promontory.repository.write import HEADS, commit_stream, file_stream

_FAST_IMPORT = ("git", "-c", "core.fsync=none", "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--done")


@dataclass
class _Itself(Mirror):
    """The bare repository as its own mirror: there is nothing to clone, to fetch, or that could be missing."""

    origin: Path

    def __post_init__(self) -> None:
        super().__post_init__()
        self.path = self.origin
        self.command = command_for(self.remote, self.settings, self.origin)

    def update(self) -> Heads:
        return self.heads()

    def missing(self, oids: list[str]) -> set[str]:
        return set()


def look_at(origin: Path, cache: Path) -> Repository:
    """What an onlooker reads; nothing can be pushed from there. ``cache`` stays empty."""
    return Repository(_Itself(parse_remote(str(origin)), GitSettings(cache, branch="main"), origin))


def commit(origin: Path, branch: str, contents: Mapping[str, bytes | None], message: str = "Change by hand") -> str:
    """Path → what it holds from now on (None: it goes away), in one commit on the branch; the commit.

    A branch that is not there yet begins at main.
    """
    ref = HEADS + branch
    known = subprocess.run(["git", "-C", str(origin), "show-ref", "--quiet", ref], check=False).returncode == 0
    stream = b"feature done\n" + commit_stream(ref, 1, (PROMONTORY, PROMONTORY), message)
    stream += f"from {ref if known else HEADS + 'main'}^0\n".encode()
    stream += b"".join(file_stream(path, "100644", content) for path, content in contents.items())
    stream += b"\nget-mark :1\ndone\n"
    return (
        subprocess.run(_FAST_IMPORT, cwd=origin, input=stream, check=True, capture_output=True).stdout.decode().strip()
    )

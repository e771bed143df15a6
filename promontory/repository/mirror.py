"""The bare mirror in the cache directory: cloned once, fetched from then on, thrown away when it is damaged.

It holds nothing that the server does not hold, so it may disappear at any moment.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from promontory.errors import CorruptMirror, PromontoryError, RepositoryError, RepositoryNotFound
from promontory.repository.access import command_for, secrets_of
from promontory.repository.command import Command, Outcome
from promontory.repository.failures import LockLeft, read_failure
from promontory.repository.lock import locked
from promontory.repository.remote import Remote
from promontory.repository.settings import CLONE_PATIENCE, GitSettings

Result = TypeVar("Result")

HEADS = "refs/heads/"
_ORPHAN_ROUNDS, _ORPHAN_SECONDS = 20, 0.1
_MOVED_UNDER_US = re.compile("cannot lock ref .* but expected ")
_LOCK_AGE = 1.0  # seconds; git holds a ref's lock for milliseconds
_DAY = 24 * 3600
_FETCH = ("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-show-forced-updates", "origin")
# The very call with which git itself fetches missing objects (its promisor-remote.c), for many of them at once.
_FETCH_OBJECTS = (
    *("-c", "fetch.negotiationAlgorithm=noop", "fetch", "origin", "--quiet", "--no-tags", "--no-write-fetch-head"),
    *("--recurse-submodules=no", "--filter=blob:none", "--stdin"),
)
# Without it, a fetch parses every commit that is newer than the branches that did not move.
_INDEX_COMMITS = ("commit-graph", "write", "--reachable", "--split", "--no-progress")
# Appended to the clone's own: a bare clone refuses to be given a refspec, and writes none.
_CONFIGURATION = """\
[remote "origin"]
\tfetch = +refs/heads/*:refs/heads/*
[gc]
\tauto = 0
[core]
\tlogAllRefUpdates = false
"""


@dataclass(frozen=True)
class Heads:
    """Branch name → commit, and the branch that HEAD names where it exists."""

    branches: Mapping[str, str]
    default: str | None


@dataclass
class Mirror:
    remote: Remote
    settings: GitSettings
    path: Path = field(init=False)
    secrets: tuple[str, ...] = field(init=False, repr=False)
    command: Command = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.settings.cache_dir.absolute() / self.remote.directory_name
        self.secrets = secrets_of(self.remote, self.settings)
        self.command = command_for(self.remote, self.settings, self.path)

    @contextmanager
    def locked(self, purpose: str) -> Iterator[None]:
        """Nobody else writes meanwhile. Not to be taken twice."""
        with locked(self.path.with_suffix(".lock"), purpose, self.settings.timeout):
            yield

    def update(self) -> Heads:
        """Fetch, or clone where there is nothing usable."""
        with self.locked("sync"):
            try:
                if self.path.exists():
                    self._past_left_locks(self._fetch)
                else:
                    self._clone()
                return self.heads()
            except CorruptMirror:
                self._clone()
                return self.heads()

    def heads(self) -> Heads:
        outcome = self.run("for-each-ref", "--format=%(objectname) %(HEAD)%(refname)", HEADS)
        branches: dict[str, str] = {}
        default = None
        for line in filter(None, outcome.stdout.decode(errors="surrogateescape").split("\n")):
            oid, _, name = line.partition(" ")
            branches[name[1:].removeprefix(HEADS)] = oid
            if name.startswith("*"):
                default = name[1:].removeprefix(HEADS)
        return Heads(branches, default)

    def remote_default(self) -> str | None:
        """Which branch the server calls its default one now; HEAD follows it."""
        outcome = self.run("ls-remote", "--symref", "origin", "HEAD")
        for line in outcome.stdout.decode(errors="replace").splitlines():
            if line.startswith("ref: ") and line.endswith("\tHEAD"):
                target = line[len("ref: ") : -len("\tHEAD")]
                self.run("symbolic-ref", "HEAD", target)
                return target.removeprefix(HEADS)
        return None

    def run(self, *arguments: str, stdin: bytes | None = None, timeout: float | None = None) -> Outcome:
        """Run git in the mirror; anything but success is the fitting error."""
        outcome = self.command.run(*arguments, stdin=stdin, timeout=timeout)
        if outcome.status != 0:
            raise self.failure(outcome.stderr)
        return outcome

    def failure(self, stderr: str) -> PromontoryError:
        """The error for a git that failed in the mirror."""
        failure = read_failure(stderr, self.remote.url, self.secrets)
        if type(failure) is RepositoryError and str(self.path) in stderr:  # a complaint about a file of ours
            return CorruptMirror(failure.message, failure.remedy)
        return failure

    def repairing(self, operation: Callable[[], Result]) -> Result:
        """Do it; when the mirror turns out to be damaged, fetch it anew and do it once more."""
        generation = self._generation()
        try:
            return operation()
        except CorruptMirror:
            with self.locked("repair"):
                if self._generation() == generation:  # otherwise another process has repaired it already
                    self._clone()
            return operation()

    def missing(self, oids: list[str]) -> set[str]:
        """Those of the blobs that are not here; nothing is fetched."""
        asked = "".join(f"{oid}\n" for oid in oids).encode()
        present = self.run(
            "rev-list", "--objects", "--ignore-missing", "--missing=print", "--no-object-names", "--stdin", stdin=asked
        )
        return set(oids) - set(present.stdout.decode().split())

    def fetch_missing(self, oids: list[str]) -> None:
        """Have these blobs here, with one fetch for all that are missing."""
        if missing := self.missing(oids):
            wanted = "".join(f"{oid}\n" for oid in sorted(missing)).encode()
            self.run(*_FETCH_OBJECTS, stdin=wanted, timeout=self.settings.timeout * CLONE_PATIENCE)

    def maintain(self) -> bool:
        """Let git tidy up, at most once a day; whether it did."""
        with self.locked("maintenance"):
            stamp = self.path / "promontory-maintained"
            with suppress(FileNotFoundError):
                if time.time() - stamp.stat().st_mtime < _DAY:
                    return False
            settings = ("-c", "gc.auto=500", "-c", "gc.autoPackLimit=50", "-c", "gc.autoDetach=false")
            self.run(*settings, "gc", "--auto", "--quiet", timeout=self.settings.timeout * CLONE_PATIENCE)
            self._past_left_locks(lambda: self.run(*_INDEX_COMMITS))
            stamp.touch()
            return True

    def _fetch(self) -> None:
        """Fetch; again where a ref has moved under it.

        The push of a process that was killed goes on by itself for a moment, and it holds no lock of ours.
        """
        for _ in range(_ORPHAN_ROUNDS):
            outcome = self.command.run(*_FETCH)
            if outcome.status == 0 or not _MOVED_UNDER_US.search(outcome.stderr):
                break
            time.sleep(_ORPHAN_SECONDS)
        if outcome.status != 0:
            raise self.failure(outcome.stderr)

    def _clone(self) -> None:
        """Into a directory of its own, renamed when complete: a clone that is killed leaves nothing half."""
        with tempfile.TemporaryDirectory(prefix=f".{self.path.stem}-", dir=self.path.parent) as place:
            fresh = Path(place) / "fresh"
            outcome = self.command.run(
                *("clone", "--quiet", "--bare", "--no-tags", "--no-local", "--filter=blob:none", "--template="),
                *("--", self.remote.url, str(fresh)),
                timeout=self.settings.timeout * CLONE_PATIENCE,
            )
            if outcome.status != 0:
                raise self._clone_failure(outcome.stderr)
            with (fresh / "config").open("a") as configuration:
                configuration.write(_CONFIGURATION)
            replace(self.command, git_dir=fresh).run(*_INDEX_COMMITS)
            with suppress(FileNotFoundError):
                self.path.rename(Path(place) / "damaged")
            fresh.rename(self.path)

    def _clone_failure(self, stderr: str) -> Exception:
        failure = read_failure(stderr, self.remote.url, self.secrets)
        if isinstance(failure, CorruptMirror):  # nothing of ours was involved
            return RepositoryError(f"{self.remote.url} cannot be cloned", failure.remedy)
        return failure

    def _past_left_locks(self, operation: Callable[[], object]) -> None:
        """A git that was killed leaves lock files. We hold the mirror's lock, so an old one has no owner."""
        try:
            operation()
        except LockLeft as left:
            path = Path(left.path)
            if not path.is_relative_to(self.path):
                raise
            time.sleep(_LOCK_AGE)
            for lock in (path, *self.path.rglob("*.lock")):
                with suppress(FileNotFoundError):
                    if time.time() - lock.stat().st_mtime >= _LOCK_AGE:
                        lock.unlink()
            operation()

    def _generation(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return None


def empty(url: str) -> RepositoryNotFound:
    return RepositoryNotFound(f"{url} is empty", "push a first commit to it")

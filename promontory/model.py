"""The frozen values that travel through a promotion, and the contracts between the families.

Everything here can be written as JSON and read back; nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Protocol

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Frozen, and strict about what it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Place:
    """One application in one environment. ``after`` are the environments before this one, in order."""

    application: str
    environment: str
    after: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.application} in {self.environment}"


# --- what a strategy sees and says ---------------------------------------------------------------


@dataclass(frozen=True)
class TreeEntry:
    """A file of a commit: its mode (``100644``, ``100755``, ``120000``) and object id."""

    mode: str
    oid: str


class Files(Protocol):
    """The files of one commit, read-only. Paths are relative to the repository, with ``/``."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None when there is no such file. A symbolic link is an error that names it."""

    def names(self, directory: str) -> tuple[str, ...] | None:
        """What a directory holds, directories with a trailing ``/``; None when there is no such directory."""


@dataclass(frozen=True)
class FileEdit:
    """One file before and after; ``before`` is None for a new file, ``after`` is None for a deleted one."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class FileEdits:
    """A change: the edits that move one environment to one release. No edits: it already runs it."""

    edits: tuple[FileEdit, ...] = ()


# --- a plan ----------------------------------------------------------------------------------------


class PathChange(Value):
    """Which object a path moves from and to (Git object ids; None where the file is absent)."""

    path: str
    before: str | None
    after: str | None


class Plan(Value):
    """What would be pushed, against one base commit; empty ``paths`` mean nothing to do."""

    application: str
    environment: str
    release: str
    previous: str | None
    source: str | None = None
    ref: str
    base: str
    paths: tuple[PathChange, ...]
    diff: str

    @property
    def nothing_to_do(self) -> bool:
        return not self.paths

    @property
    def digest(self) -> str:
        """``sha256:…`` over what the promotion touches, but not over the base commit (design, decision 2)."""
        touched = [[path.path, path.before, path.after] for path in self.paths]
        subject = [self.application, self.environment, self.release, self.ref, touched]
        return "sha256:" + sha256(dumps(subject, separators=(",", ":")).encode()).hexdigest()


# --- gates -----------------------------------------------------------------------------------------


class GateState(Value):
    """One gate's answer. A closed gate says why, whose it is, and when it may open."""

    gate: str
    open: bool
    reason: str = ""
    remedy: str = ""
    opens: datetime | None = None


# --- suites ----------------------------------------------------------------------------------------


class SuiteResult(Value):
    """One suite's outcome; ``output`` is the tail of what it printed, ``seconds`` how long it took."""

    name: str
    passed: bool
    reason: str = ""
    output: str = ""
    seconds: float = 0.0


# --- checks ----------------------------------------------------------------------------------------


class Health(StrEnum):
    """Ordered from best to worst, as they are merged: the worst of several wins."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    UNKNOWN = "unknown"
    UNHEALTHY = "unhealthy"

    @property
    def severity(self) -> int:
        return list(Health).index(self)


def worst(*healths: Health) -> Health:
    """The worst of them; `Health.HEALTHY` of none."""
    return max(healths, key=lambda health: health.severity, default=Health.HEALTHY)


class Observation(Value):
    """What one check saw once. ``final``: waiting longer cannot change it.

    ``proven`` says that the answer shows which release was answering (design, decision 6).
    """

    health: Health
    reason: str = ""
    proven: bool = False
    final: bool = False
    retry_after: float | None = None
    evidence: Mapping[str, object] = {}


class CheckResult(Value):
    """What became of one check: its last observation, and how often and how long it looked (seconds)."""

    check: str
    health: Health
    reason: str = ""
    proven: bool = False
    attempts: int = 0
    errors: int = 0
    seconds: float = 0.0
    evidence: Mapping[str, object] = {}


class Verdict(Value):
    """The environment's health after a push: the worst of its checks."""

    health: Health
    checks: tuple[CheckResult, ...] = ()

    @property
    def healthy(self) -> bool:
        return self.health is Health.HEALTHY

    @property
    def proven(self) -> bool:
        """At least one check showed which release answers."""
        return any(check.proven for check in self.checks)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(f"{check.check}: {check.reason}" for check in self.checks if check.reason)

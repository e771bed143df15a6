"""What a strategy sees of a repository, and how it says what should become of it. Nothing here does anything.

A strategy is handed a `Snapshot` and returns a `Change`; `promontory.repository` performs what the promotion makes
of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

# The trailer of a commit that was proposed in a pull request: the branch that it was proposed to.
PROPOSED_TO = "Proposed-To"
_FIRST_YEAR, _LAST_YEAR = 1900, 9990


def _representable(moment: datetime) -> datetime:
    """Refuse what has no time on every clock: it could not be shown, or compared, anywhere."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("is no time that anything could have happened at")
    return moment


# A moment that somebody wrote down: an offset is part of it.
Moment = Annotated[AwareDatetime, AfterValidator(_representable)]


class Value(BaseModel):
    """Frozen, and strict about what it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


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

    def search(
        self, directory: str, pattern: re.Pattern[bytes], names: Collection[str]
    ) -> Mapping[str, tuple[bytes, ...]]:
        """Path → all that ``pattern`` finds in the file, for the files at any depth below a directory where it does.

        ``names`` are the patterns of which a file's name must match one (``*.yaml``, ``Kustomization``). Symbolic
        links are not followed.
        """


@dataclass(frozen=True)
class Commit:
    """One commit of a branch's history; a trailer that stands there twice is joined with ``, ``."""

    sha: str
    parents: tuple[str, ...]
    trailers: Mapping[str, str]


class LiveField(Value):
    """One text field of an Argo CD Application in a cluster; ``path`` is dotted: ``spec.sources[1].targetRevision``.

    ``context`` is one of the kubeconfig; None: its current one, or the cluster that this runs in.
    """

    context: str | None = None
    namespace: str
    name: str
    path: str

    def __str__(self) -> str:
        return f"{self.path} of the Application {self.namespace}/{self.name}"


class Snapshot(Files, Protocol):
    """A repository as of one sync, read-only. As `Files` it is the head of the repository's own branch."""

    @property
    def branch(self) -> str:
        """The name of the repository's own branch."""

    def at(self, commit: str) -> Files:
        """The files of any commit."""

    def head(self, branch: str) -> str | None:
        """The commit a branch is at; None when there is no such branch."""

    def commit(self, name: str) -> str | None:
        """The commit that a tag or an id (abbreviated to 7 digits or more) names; None when there is none."""

    def tags(self) -> Mapping[str, str]:
        """Tag → the commit it names, behind annotations."""

    def history(self, head: str) -> tuple[Commit, ...]:
        """The newest commits from ``head`` along first parents, newest first; some thousands at the most."""

    def last_change(self, commit: str, paths: Sequence[str]) -> str:
        """The newest commit along first parents that changed what lies below ``paths``; ``commit`` where none did."""

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None when they have no history in common."""

    def live(self, field: LiveField) -> str:
        """What a field in a cluster holds; the same at each look. Raises `StrategyError` where it cannot be read."""


@dataclass(frozen=True)
class FileEdit:
    """One file before and after; ``before`` is None for a new file, ``after`` is None for a deleted one."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class EntryEdit:
    """One path that takes over what is in Git already, whatever its mode; ``after`` None: it goes away."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None


@dataclass(frozen=True)
class FileEdits:
    """What becomes of the files of one commit."""

    edits: tuple[FileEdit, ...] = ()
    entries: tuple[EntryEdit, ...] = ()


@dataclass(frozen=True)
class Merge:
    """Bring into a branch what differs between ``base`` and ``source`` (commits); what is the branch's own stays.

    ``paths``: only what lies below these (everything where empty). ``keep``: gitignore patterns of files that
    belong to the branch. ``mode``: ``ff`` moves the branch to ``source`` where that is all, and is ``commit`` (two
    parents) else; ``squash`` has one parent.
    """

    source: str
    base: str
    paths: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    mode: Literal["ff", "commit", "squash"] = "commit"


@dataclass(frozen=True)
class Render:
    """Manifests that a program makes of the files of ``commit``; they become all that is below ``path`` of a branch.

    ``program`` runs at the root of those files with ``arguments`` (paths begin with ``./``) and prints the manifests.
    ``twice``: it can be made to print something else each time, so it has to print the same two times.
    """

    commit: str
    program: str
    arguments: tuple[str, ...]
    source: str
    path: str
    timeout: timedelta = field(compare=False)
    twice: bool = False


class TagMove(Value):
    """A tag that is made (``before`` None) or moved; the commits that it names before and afterwards."""

    name: str
    before: str | None = None
    commit: str


class FieldMove(LiveField):
    """What becomes of a live field, if it is still ``before``."""

    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What moves one environment to one release: nothing is done yet. An empty one: it runs it already.

    ``edits`` are made to ``branch`` (None: the repository's own), or ``merge`` is, or what ``render`` gives; one of
    the three. ``trailers`` go into the commit's message, for `Snapshot.history` to be read back.
    """

    edits: tuple[FileEdit, ...] = ()
    branch: str | None = None
    merge: Merge | None = None
    render: Render | None = None
    tags: tuple[TagMove, ...] = ()
    fields: tuple[FieldMove, ...] = ()
    trailers: Mapping[str, str] = field(default_factory=dict)

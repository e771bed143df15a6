"""The collaborators of one run: configuration, repository, ledger, clock, and on whose behalf it acts."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import SystemRandom
from typing import TypeVar, cast

from pydantic import SecretStr

from promontory.change import FileEdits
from promontory.checks.contract import Check
from promontory.ci_runs import Forges
from promontory.clock import Clock, SystemClock
from promontory.clusters import Clusters, KubernetesClusters, KubernetesObjects
from promontory.config import Config
from promontory.entry import Entry, EntryKind
from promontory.errors import LostRace, UsageError
from promontory.forges import Forge
from promontory.ledger import Ledger, message_of
from promontory.live_objects import Objects
from promontory.model import Place
from promontory.promotion.archiving import archive_after
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.untold import Promise
from promontory.promotion.values import Hop
from promontory.record import Record
from promontory.releases.contract import ReleaseSource
from promontory.repository import RefUpdate, Repository, Update, branch_ref
from promontory.strategies.contract import Strategy
from promontory.suites.contract import Suite

_RACES = 30
LEDGER_HEAD = "Ledger-Head"
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Actor:
    """Who or what does it, and in which Prefect flow run, where there is one; ``link`` is where people see that run.

    ``automatic``: nobody asked for just this, it is a schedule's work. ``since`` is when the run began first, however
    often it was started again.
    """

    by: str
    run: str | None = None
    link: str = ""
    automatic: bool = False
    since: datetime | None = None


def _nobody(_entries: Sequence[Entry]) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Workspace:
    """``config_commit`` is the commit the configuration was read from; None where it came from a local file.

    ``connect`` opens the forge that the repository is on, without asking anything of it; ``forges`` opens other
    repositories, there and elsewhere. ``objects`` are those of the clusters, ``clusters`` moves fields of them.
    ``heard`` is told what has been recorded, once it has been; ``promise`` says in the ledger that people will be told.
    ``tokens``: by the server that each may be sent to.
    The plug-ins come typed from here: the configuration, a layer below them, only knows that they are options.
    """

    config: Config
    config_commit: str | None
    repository: Repository
    ledger: Ledger
    actor: Actor
    clock: Clock = field(default_factory=SystemClock)
    clusters: Clusters = field(default_factory=KubernetesClusters)
    objects: Objects = field(default_factory=KubernetesObjects)
    tokens: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    connect: Callable[[], Forge] | None = None
    forges: Forges | None = None
    heard: Callable[[Sequence[Entry]], None] = _nobody
    promise: Promise | None = None

    def forge(self) -> Forge:
        """The forge that the repository is on. Raises `UsageError` or `AuthenticationFailed` where there is none."""
        if self.connect is None:
            raise UsageError("there is no forge here", "write `forge:` into promontory.yaml")
        return self.connect()

    def strategy(self, application: str, environment: str) -> Strategy:
        return cast("Strategy", self.config.strategy(application, environment))

    def checks(self, environment: str) -> tuple[Check, ...]:
        return cast("tuple[Check, ...]", self.config.environment(environment).verify)

    def suites(self, environment: str) -> tuple[Suite, ...]:
        return cast("tuple[Suite, ...]", self.config.environment(environment).test)

    def release_source(self, application: str) -> ReleaseSource | None:
        return cast("ReleaseSource | None", self.config.application(application).releases)

    def snapshot(self) -> RepositorySnapshot:
        """The repository as of the last sync."""
        return RepositorySnapshot.now(self.repository, self.clusters)

    def current(self, place: Place, snapshot: RepositorySnapshot | None = None) -> str | None:
        """The release that ``place`` runs in ``snapshot``; as of the last sync where None."""
        return self.strategy(place.application, place.environment).current(snapshot or self.snapshot())

    def look_ahead(self, places: Collection[Place], snapshot: RepositorySnapshot | None = None) -> None:
        """Read together, from repository and ledger, what is about to be asked place by place."""
        seen = snapshot or self.snapshot()
        scopes = {scope for place in places for scope in self.strategy(place.application, place.environment).scope}
        if scopes:
            self.repository.look_ahead(seen.heads[self.repository.branch], scopes)
        self.ledger.look_ahead(places)

    def record(self, place: Place) -> Record:
        return Record(self.ledger.place(place))

    def records(self, application: str = "") -> dict[Place, Record]:
        """Of every place (of one application) that the ledger knows, listed together."""
        return {place: Record(entries) for place, entries in self.ledger.places(application).items()}

    def entry(self, kind: EntryKind, place: Place, release: str, promotion: str, **fields: object) -> Entry:
        """An entry stamped with the time, the actor and the configuration's commit."""
        return Entry.model_validate(
            {
                "version": 1,
                "kind": kind,
                "promotion": promotion,
                "application": place.application,
                "environment": place.environment,
                "release": release,
                "at": self.clock.now(),
                "by": self.actor.by,
                "run": self.actor.run,
                "config": self.config_commit,
                **fields,
            }
        )

    def hop_entry(self, kind: EntryKind, hop: Hop, **fields: object) -> Entry:
        """An entry of the promotion that ``hop`` is."""
        return self.entry(kind, hop.place, hop.release, hop.promotion, **fields)

    def append(self, entries: Sequence[Entry]) -> None:
        """Record ``entries``, together and at once, however many others are recording."""
        self.racing(lambda: self.append_at(entries, self.ledger_head()))

    def append_at(self, entries: Sequence[Entry], seen: str | None) -> None:
        """Record ``entries``, which were decided on with the ledger at ``seen``; `LostRace` where it has moved."""
        self.push_recorded([], entries, seen)

    def ledger_head(self) -> str | None:
        """Where the ledger is as of the last sync: what is decided on it holds as long as it stays there."""
        return self.repository.heads().get(self.ledger.branch)

    def ledger_trailers(self) -> tuple[tuple[str, str], ...]:
        """What a commit says of the ledger that it was decided on, which has to hold that entry for ever after."""
        head = self.ledger.chain_head()
        return ((LEDGER_HEAD, head.named),) if head else ()

    def push_recorded(self, changes: Sequence[Update], entries: Sequence[Entry], seen: str | None) -> tuple[Entry, ...]:
        """Push ``changes`` and ``entries`` in one atomic push; the entries as they are stored.

        ``seen`` is the ledger's head from before it was asked whether this may be pushed. Others use the repository
        at the same time, so that by now it may know a later one, with a hold on it that nobody has looked at.
        """
        stored: list[Entry] = []

        def append(written: Mapping[str, str]) -> FileEdits:
            appended = self.ledger.appended([_with_commit(entry, written) for entry in entries], seen)
            stored[:] = appended.entries
            promised = self.promise.edits(self.ledger, seen, stored, self.clock.now()) if self.promise else ()
            return FileEdits((*appended.edits.edits, *promised))

        self.repository.push([*changes, RefUpdate(self.ledger.branch, seen, append, message_of(entries))])
        self.heard(tuple(stored))
        archive_after(self.repository, self.ledger, stored)
        return tuple(stored)

    def racing(self, attempt: Callable[[], Outcome]) -> Outcome:
        """Run ``attempt``, and again on a fresh state as long as somebody else pushes first."""
        for number in range(_RACES):
            try:
                return attempt()
            except LostRace:
                time.sleep(SystemRandom().uniform(0, 0.02 * number))  # so that many workers do not run in step
                self.repository.sync()
        return attempt()


def acting_as(workspace: Workspace, by: str) -> Workspace:
    """The same workspace on behalf of somebody else, e.g. of the person who filled in a form."""
    return replace(workspace, actor=replace(workspace.actor, by=by))


def _with_commit(entry: Entry, written: Mapping[str, str]) -> Entry:
    """The entry with the id of the commit that its branch was moved to."""
    if entry.pushed is None or entry.pushed.after:
        return entry
    pushed = entry.pushed.model_copy(update={"after": written[branch_ref(entry.pushed.ref)]})
    return entry.model_copy(update={"pushed": pushed})

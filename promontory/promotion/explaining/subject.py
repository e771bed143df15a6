"""Which release is meant where none is named: the one that somebody who asks "why isn't it there yet?" thinks of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promontory.entry import EntryKind
from promontory.errors import PromontoryError, TransientError
from promontory.model import Place
from promontory.promotion.downgrades import newer_there
from promontory.promotion.explaining.stages import passed, runs
from promontory.promotion.resolving import check_asked, resolve
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.surroundings import Around
from promontory.promotion.survey import canonical_release, check_exists
from promontory.promotion.workspace import Workspace
from promontory.record import Record
from promontory.release import is_asked_for, is_release

_ON_ITS_WAY: tuple[EntryKind, ...] = ("requested", "proposed", "waiting")
_ENDED: tuple[EntryKind, ...] = ("pushed", "rejected", "reverted", "superseded", "kept")


@dataclass(frozen=True)
class Subject:
    """``release`` is None where there is none to explain; ``chosen`` says how it was found."""

    release: str | None
    chosen: str


def named(workspace: Workspace, place: Place, asked: str, snapshot: RepositorySnapshot, *, ask: bool) -> Subject:
    """The release that somebody named, by its one name. Raises `UsageError` where it is none, or nobody knows it.

    ``ask``: whether its source may be asked. One that cannot be asked now has no say.
    """
    if is_asked_for(check_asked(asked)):
        found = resolve(workspace, place.application, asked, place.environment, "")
        return Subject(found.release, found.told)
    release = canonical_release(workspace, snapshot, place.application, asked)
    known = any(entry.release == release for entry in reversed(workspace.record(place).entries))
    if ask and not known:
        try:
            check_exists(workspace, place.application, release)
        except TransientError:
            return Subject(release, "as asked for; where releases are published could not be asked")
    return Subject(release, "as asked for")


def choose(workspace: Workspace, place: Place, snapshot: RepositorySnapshot, *, ask: bool) -> Subject:
    """The first that is news for ``place``: on its way there, verified or running before it, or just published.

    What may have come from outside is left out where it can be the name of no release. ``ask``: whether the source of
    releases may be asked.
    """
    current = runs(workspace, place, snapshot)[0]
    for release, why in _found(workspace, place, snapshot, ask=ask):
        is_news = release != current and is_release(release)
        if is_news and not newer_there(workspace, place, release, snapshot):
            return Subject(release, why)
    return Subject(current, f"what {place.environment} runs; nothing newer is known")


def _found(workspace: Workspace, place: Place, snapshot: RepositorySnapshot, *, ask: bool) -> Iterator[tuple[str, str]]:
    for release in _on_its_way(workspace.record(place)):
        yield release, f"on its way to {place.environment}"
    waves = workspace.config.pipeline(place.application).waves(place.environment)[:-1]
    for environment in (name for wave in reversed(waves) for name in wave):
        before = workspace.config.place(place.application, environment)
        record, running = workspace.record(before), runs(workspace, before, snapshot)[0]
        if running and passed(workspace, before, running):
            yield running, f"verified in {environment}"
        if running:
            yield running, f"running in {environment}"
        for release in _on_its_way(record):
            yield release, f"on its way to {environment}"
    latest = _latest(workspace, place.application) if ask else None
    if latest:
        yield latest, "the newest that is published"


def _on_its_way(record: Record) -> Iterator[str]:
    """What a promotion that has not come to its end would bring; newest first."""
    under_way = record.newest(*_ON_ITS_WAY, without=record.promotions(*_ENDED))
    return (entry.release for entry in under_way)


def _latest(workspace: Workspace, application: str) -> str | None:
    """None also where its source cannot be asked: that is a reason to explain less, and none to explain nothing."""
    source = workspace.release_source(application)
    if source is None:
        return None
    try:
        return source.rank(source.releases(Around(workspace, application))).latest
    except PromontoryError:
        return None

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
from promontory.release import is_asked_for, is_release, split_release

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
    try:
        return Subject(_known(workspace, place, release, snapshot, ask=ask), "as asked for")
    except TransientError:
        return Subject(release, "as asked for; where releases are published could not be asked")


def _known(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot, *, ask: bool) -> str:
    """As the environments call it, with its digest where they pin releases; asked for only where none has it."""
    for met in _met(workspace, place, snapshot):
        if release in (met, split_release(met)[0]):
            return met
    if not ask or next(workspace.record(place).newest(release=release), None):
        return release
    check_exists(workspace, place.application, release)
    source = workspace.release_source(place.application)
    return source.pin(release) if source and source.pins else release


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


def _met(workspace: Workspace, place: Place, snapshot: RepositorySnapshot) -> Iterator[str]:
    """What the environments of the path run, and what is on its way there."""
    config = workspace.config
    names = [name for wave in config.pipeline(place.application).waves(place.environment) for name in wave]
    for each in (config.place(place.application, name) for name in names):
        running = runs(workspace, each, snapshot)[0]
        yield from [running] if running else []
        yield from _on_its_way(workspace.record(each))


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

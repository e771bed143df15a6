"""What people ask of windows: which there are, whether they let a release through, and when that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from promontory.change import Value
from promontory.config import Config, calendar
from promontory.model import Place
from promontory.windows import AHEAD, Decision, Window, decide, in_time, openings, when_in_words
from promontory.windows.argocd import Governed, predict
from promontory.windows.zones import NEVER, micros, utc

GovernedOf = Callable[[Place], Sequence[Governed]]


class WindowRow(Value):
    """One window. ``when`` is in words; ``changes`` is when it begins or ends, None where not within two years."""

    kind: str
    when: str
    schedule: str = ""
    timezone: str
    manual: bool
    applications: tuple[str, ...] = ()
    description: str = ""
    owner: str = ""
    active: bool
    changes: datetime | None


class OpeningRow(Value):
    """``start`` is None where it is open already, ``end`` where it does not close within two years."""

    start: datetime | None
    end: datetime | None
    timezone: str


class ArgocdRow(Value):
    """What Argo CD would do with one Application; ``allowed`` is None where that cannot be foretold."""

    application: str
    project: str
    allowed: bool | None
    because: str
    changes: datetime | None = None
    timezone: str = "UTC"
    warnings: tuple[str, ...] = ()


class PlaceWindows(Value):
    """An environment, and those of its applications for which the same windows are there.

    ``open`` is decided for a human, or for what is automatic where that was asked for; ``otherwise`` is what is told of
    the other one, where that is different. ``told`` is the decision in words.
    """

    environment: str
    applications: tuple[str, ...]
    windows: tuple[WindowRow, ...]
    open: bool
    told: str
    reason: str = ""
    owner: str = ""
    changes: datetime | None = None
    timezone: str = "UTC"
    otherwise: str = ""
    openings: tuple[OpeningRow, ...] = ()
    argocd: tuple[ArgocdRow, ...] = ()

    @property
    def lets_through(self) -> bool:
        return self.open and all(row.allowed for row in self.argocd)


def places_of(config: Config, environment: str, application: str) -> list[Place]:
    """Those that are asked about; raises `UsageError` for names that are not there."""
    if environment:
        config.environment(environment)
    if application:
        config.application(application)
    if environment and application:
        config.strategy(application, environment)
    return [
        Place(name, place)
        for place in config.environments
        for name, options in config.applications.items()
        if place in options.strategies and environment in ("", place) and application in ("", name)
    ]


@dataclass(frozen=True)
class Asked:
    """As of when, for what is automatic or for a human, and how many openings are wanted."""

    at: datetime
    unattended: bool
    count: int


def overview(config: Config, places: Iterable[Place], asked: Asked, governed: GovernedOf) -> tuple[PlaceWindows, ...]:
    """The windows of ``places``; one answer for all applications that have the same ones in an environment."""
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in places:
        groups.setdefault((place.environment, calendar(config, place)), []).append(place)
    return tuple(_place_windows(config, group, asked, governed) for group in groups.values())


def _place_windows(config: Config, places: Sequence[Place], asked: Asked, governed: GovernedOf) -> PlaceWindows:
    place, at, unattended = places[0], asked.at, asked.unattended
    windows = calendar(config, place)
    decision = decide(windows, at, automatic=unattended)
    other = decide(windows, at, automatic=not unattended)
    whose = "a human" if unattended else "what is automatic"
    coming = islice(openings(windows, at, automatic=unattended), asked.count)
    return PlaceWindows(
        environment=place.environment,
        applications=tuple(each.application for each in places),
        windows=tuple(_window_row(window, at) for window in windows),
        open=decision.open,
        told=told(decision) if windows else "open; there are no windows",
        reason=decision.reason,
        owner=decision.owner or config.environment(place.environment).owner,
        changes=decision.changes,
        timezone=decision.zone,
        otherwise="" if other.open is decision.open else f"for {whose}: {told(other)}",
        openings=tuple(OpeningRow(start=it.start, end=it.end, timezone=it.zone) for it in coming) if windows else (),
        argocd=tuple(_argocd_row(each, at) for place in places for each in governed(place)),
    )


def told(decision: Decision) -> str:
    """``closed; opens 2026-11-24 02:00 Europe/Berlin, in 13 h``."""
    return f"{decision}, {in_time(decision.changes, decision.at)}" if decision.changes else str(decision)


def _window_row(window: Window, at: datetime) -> WindowRow:
    start = micros(at)
    span = window.spans.span(start, micros(at + AHEAD))
    return WindowRow(
        kind=window.kind,
        when=when_in_words(window),
        schedule=window.schedule,
        timezone=window.timezone,
        manual=window.manual,
        applications=window.applications,
        description=window.description,
        owner=window.owner,
        active=span.active,
        changes=utc(span.until) if span.until < NEVER else None,
    )


def _argocd_row(governed: Governed, at: datetime) -> ArgocdRow:
    names = {"application": governed.application, "project": governed.project}
    if governed.problem:
        return ArgocdRow(**names, allowed=None, because=governed.problem)
    seen = predict(governed.windows, governed.destination, at, manual=governed.manual)
    return ArgocdRow(
        **names,
        allowed=seen.allowed,
        because=seen.because,
        changes=seen.changes,
        timezone=seen.zone,
        warnings=seen.warnings,
    )

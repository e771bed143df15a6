"""A sync window as it stands in an AppProject: what Argo CD reads there, and which Applications it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from promontory.windows.argocd.cron import read_schedule
from promontory.windows.argocd.durations import read_duration
from promontory.windows.argocd.globs import fits
from promontory.windows.recurrence import Recurrence
from promontory.windows.spans import Recurring
from promontory.windows.zones import Zone, zone_of

# Go takes the empty name for UTC, and `Local` for the controller's clock, which is UTC in its image.
_UTC_NAMES = ("", "UTC", "Local")
_TRUE = ("true", "yes", "on", "y")


@dataclass(frozen=True)
class Destination:
    """What windows may name an Application by: its own name, and where it is deployed to."""

    application: str
    namespace: str = ""
    cluster: str = ""
    server: str = ""


@dataclass(frozen=True)
class SyncWindow:
    """``number`` is its place in the list, from 0, which is also what Argo CD's command line calls it by."""

    number: int
    kind: str = ""
    schedule: str = ""
    duration: str = ""
    time_zone: str = ""
    applications: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    manual_sync: bool = False
    and_operator: bool = False
    sync_overrun: bool = False
    description: str = ""

    def __str__(self) -> str:
        zone = f" {self.time_zone}" if self.time_zone else ""
        about = f" ({self.description})" if self.description else ""
        return f'{self.kind} "{self.schedule}" for {self.duration}{zone}{about}'

    @cached_property
    def problem(self) -> str:
        """Why Argo CD cannot parse it; empty where it can."""
        try:
            _ = self.recurrence
        except ValueError as error:
            return f"cannot parse schedule '{self.schedule}': {error}"
        try:
            _ = self.nanoseconds
        except ValueError as error:
            return f"cannot parse duration '{self.duration}': {error}"
        return ""

    @cached_property
    def recurrence(self) -> Recurrence:
        return read_schedule(self.schedule)

    @cached_property
    def nanoseconds(self) -> int:
        return read_duration(self.duration)

    @cached_property
    def duration_micros(self) -> int:
        """Rounded up, so that whoever subtracts it from whole microseconds is where Go is, or just before."""
        return -(-self.nanoseconds // 1000)

    @cached_property
    def yearly(self) -> bool:
        """Whether it fires in every year, and not, say, on 29 February: days and weekdays do not both restrict it."""
        return self.recurrence.fires_in(2001)

    @cached_property
    def on_the_wall(self) -> Recurring:
        """As it opens on a clock that is never set; for a duration of more than nothing."""
        return Recurring(self.recurrence, self.duration_micros, zone_of("UTC"))

    @cached_property
    def zone(self) -> Zone:
        """UTC where there is none of that name: see `warning`."""
        return zone_of("UTC") if self.time_zone in _UTC_NAMES or self.warning else zone_of(self.time_zone)

    @cached_property
    def warning(self) -> str:
        if self.time_zone in _UTC_NAMES:
            return ""
        try:
            zone_of(self.time_zone)
        except ValueError:
            return f"there is no time zone {self.time_zone!r}, so Argo CD takes it for UTC"
        return ""

    def concerns(self, destination: Destination) -> bool:
        """One of its lists names it; with ``andOperator`` each of those that have anything in them."""
        named = [
            _any(globs, names)
            for globs, names in (
                (self.applications, [destination.application]),
                (self.clusters, [name for name in (destination.cluster, destination.server) if name]),
                (self.namespaces, [destination.namespace]),
            )
            if globs
        ]
        return bool(named) and (all(named) if self.and_operator else any(named))


def read_sync_windows(spec: Mapping[str, object]) -> tuple[SyncWindow, ...]:
    """Those of an AppProject's ``spec``. Raises ValueError where that is no spec of one."""
    written = spec.get("syncWindows") or ()
    if not isinstance(written, Sequence) or isinstance(written, str):
        raise ValueError("spec.syncWindows is no list")
    return tuple(_read(number, each) for number, each in enumerate(written))


def _read(number: int, data: object) -> SyncWindow:
    if not isinstance(data, Mapping):
        raise ValueError(f"spec.syncWindows[{number}] is no mapping")
    where = f"spec.syncWindows[{number}]"
    return SyncWindow(
        number=number,
        kind=_text(data.get("kind")),
        schedule=_text(data.get("schedule")),
        duration=_text(data.get("duration")),
        time_zone=_text(data.get("timeZone")),
        applications=_texts(data.get("applications"), f"{where}.applications"),
        namespaces=_texts(data.get("namespaces"), f"{where}.namespaces"),
        clusters=_texts(data.get("clusters"), f"{where}.clusters"),
        manual_sync=_flag(data.get("manualSync")),
        and_operator=_flag(data.get("andOperator")),
        sync_overrun=_flag(data.get("syncOverrun")),
        description=_text(data.get("description")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _texts(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError(f"{where} is no list")
    return tuple(map(_text, value))


def _flag(value: object) -> bool:
    """As JSON has it, or as a text of YAML."""
    return str(value).lower() in _TRUE


def _any(globs: Iterable[str], names: Sequence[str]) -> bool:
    return any(fits(glob, name) for glob in globs for name in names)

"""``windows:``, of an environment and of all: when a release may come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from promontory.config.document import Path
from promontory.config.models import Config
from promontory.config.section import Names
from promontory.model import Place
from promontory.options import Duration, Options, Template
from promontory.windows.cron import read_schedule
from promontory.windows.window import Edge, Window, fits
from promontory.windows.zones import zone_of

_YEARS = range(1900, 9999)


def _as_edge(value: object) -> object:
    """YAML has read some of them; a time without seconds it leaves a text."""
    try:
        edge = _parsed(value) if isinstance(value, str) else value
    except ValueError:
        edge = None
    if not isinstance(edge, date) or edge.year not in _YEARS:
        raise ValueError(f'"{value}" is neither a date nor a time: write 2026-12-20, or "2026-12-20 18:00"')
    return edge


def _parsed(text: str) -> Edge:
    return date.fromisoformat(text) if len(text) == len("2026-12-20") else datetime.fromisoformat(text)


def _check_schedule(text: str) -> str:
    read_schedule(text)
    return text


def _check_zone(name: str) -> str:
    zone_of(name)
    return name


def _check_file(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or not path.isprintable():
        raise ValueError(f"{path!r} is not a file of the repository: write its path from the repository's root")
    return path


When = Annotated[
    Edge,
    BeforeValidator(_as_edge),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}", "examples": ["2026-12-20"]}),
]
Schedule = Annotated[str, Field(min_length=1), AfterValidator(_check_schedule)]
TimeZone = Annotated[str, Field(min_length=1), AfterValidator(_check_zone)]


class CalendarWindow(Options):
    """Opens by a schedule, each time for a duration; or is once, from one time to another."""

    kind: Literal["allow", "deny"] = Field(
        description="allow: a release may only come while one of them is active; deny: none may come while it is."
    )
    schedule: Schedule | None = Field(
        default=None,
        description="When it opens, as five fields of cron on the clock of the time zone, e.g. 0 2 * * 1-5.",
    )
    duration: Duration | None = Field(default=None, description="How long it stays open each time, e.g. 2h.")
    start: When | None = Field(
        default=None, alias="from", description="When it begins, where it is once: a date, or a time in the time zone."
    )
    end: When | None = Field(default=None, alias="to", description="The first moment after it: a date, or a time.")
    timezone: TimeZone = Field(default="UTC", description="The time zone of all this, by its IANA name.")
    manual: bool = Field(
        default=False, strict=True, description="Let through what a human promotes; schedules have to keep to it."
    )
    applications: Names = Field(default=(), description="Globs of the applications it is for. Left out: all.")
    environments: Names = Field(default=(), description="Globs of the environments it is for. Left out: all.")
    description: str = Field(default="", description="What it is for; shown where it closes.")
    owner: str = Field(default="", description="Whom to ask about it. Left out: the environment's owner.")

    @model_validator(mode="after")
    def _is_active_sometimes(self) -> Self:
        recurring, once = (self.schedule, self.duration), (self.start, self.end)
        if all(recurring) is all(once) or (any(recurring) and any(once)):
            raise ValueError("give schedule and duration, or from and to: when is it active?")
        _ = self.window.spans
        return self

    @cached_property
    def window(self) -> Window:
        return Window(
            kind=self.kind,
            schedule=self.schedule or "",
            duration=self.duration or timedelta(0),
            start=self.start,
            end=self.end,
            timezone=self.timezone,
            manual=self.manual,
            applications=self.applications,
            environments=self.environments,
            description=self.description,
            owner=self.owner,
        )


class ArgocdWindow(Options):
    """The sync windows of an AppProject, by Argo CD's own rules: what it would not sync is not pushed."""

    kind: Literal["argocd"]
    application: Template | None = Field(
        default=None, description="The Application's name, e.g. {application}-{environment}."
    )
    selector: Template | None = Field(
        default=None, description="Or all Applications with these labels, as kubectl -l takes them: app=web,env=prod."
    )
    project: Annotated[Template, AfterValidator(_check_file)] | None = Field(
        default=None,
        description="The file in the repository that has the AppProject. Left out: it is asked for in the cluster.",
    )
    namespace: Annotated[str, Field(min_length=1)] = Field(
        default="argocd", description="Where the Applications and their projects are."
    )
    context: Template | None = Field(
        default=None,
        description="The kubeconfig's context. Left out: the current one, or inside of a cluster that cluster.",
    )
    applications: Names = Field(default=(), description="Globs of the applications it is for. Left out: all.")
    environments: Names = Field(default=(), description="Globs of the environments it is for. Left out: all.")

    @model_validator(mode="after")
    def _names_applications(self) -> Self:
        if (self.application is None) is (self.selector is None):
            raise ValueError("give application (a name) or selector (labels): which Applications are looked at?")
        return self


WINDOWS: Mapping[str, type[Options]] = {"allow": CalendarWindow, "deny": CalendarWindow, "argocd": ArgocdWindow}


def calendar(config: Config, place: Place) -> tuple[Window, ...]:
    """Every window of ours that concerns a place: those of all environments, then its environment's own."""
    windows = (options.window for options in _written(config, place) if isinstance(options, CalendarWindow))
    return tuple(window for window in windows if window.concerns(place))


def argocd_windows(config: Config, place: Place) -> tuple[ArgocdWindow, ...]:
    """What is to be asked of Argo CD's windows for a place."""
    written = (options for options in _written(config, place) if isinstance(options, ArgocdWindow))
    return tuple(
        options
        for options in written
        if fits(place.application, options.applications) and fits(place.environment, options.environments)
    )


def _written(config: Config, place: Place) -> tuple[Options, ...]:
    return (*config.windows, *config.environment(place.environment).windows)


def idle_globs(config: Config) -> Iterator[tuple[Path, str]]:
    """Globs that nothing fits, with their place in the file."""
    for path, options in written_windows(config):
        yield from _idle(options, path, config.applications, config.environments)


def written_windows(config: Config) -> Iterator[tuple[Path, Options]]:
    """All of them, each with its place in the file."""
    groups: list[tuple[Path, tuple[Options, ...]]] = [(("windows",), config.windows)]
    groups += [(("environments", name, "windows"), each.windows) for name, each in config.environments.items()]
    yield from (((*path, number), options) for path, written in groups for number, options in enumerate(written))


def _idle(
    options: Options, path: Path, applications: Collection[str], environments: Collection[str]
) -> Iterator[tuple[Path, str]]:
    for key, names in (("applications", applications), ("environments", environments)):
        for number, glob in enumerate(getattr(options, key, ())):
            if not any(fits(name, [glob]) for name in names):
                yield (*path, key, number), f'"{glob}" is true of none of the {key}, so the window does nothing there'

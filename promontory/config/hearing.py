"""Whether those who must hear of something do: routes that name what is not there, alarms that reach nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from promontory.config.document import Path
from promontory.config.models import Config
from promontory.config.notifications import Route, matches
from promontory.event import ALARMS


def hearing_doubts(config: Config, production: Collection[str]) -> Iterator[tuple[Path, str]]:
    """None where there are no routes at all: then Prefect's automations may tell people."""
    for index, route in enumerate(config.notifications):
        yield from _idle_patterns(config, route, ("notifications", index))
    for environment in production if config.notifications else ():
        if unheard := _unheard(config, environment):
            message = f"no route of notifications: tells anybody of {' or '.join(unheard)} here"
            yield ("environments", environment), message


def _idle_patterns(config: Config, route: Route, path: Path) -> Iterator[tuple[Path, str]]:
    for key, patterns, names in (
        ("applications", route.applications, config.applications),
        ("environments", route.environments, config.environments),
    ):
        for pattern in patterns:
            if not any(matches((pattern,), name) for name in names):
                yield (*path, key), f'"{pattern}" matches none of the {key}'


def _unheard(config: Config, environment: str) -> list[str]:
    """The alarms that some application raises there, and nobody hears."""
    places = [name for name, application in config.applications.items() if environment in application.strategies]
    return [
        word
        for word in ALARMS
        if not all(any(route.reaches(name, environment, word) for route in config.notifications) for name in places)
    ]

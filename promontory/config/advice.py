"""What is allowed in promontory.yaml but worth a second look."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.config.document import problem_at
from promontory.config.environment import Environment
from promontory.config.models import Config
from promontory.errors import Problem


def warnings(config: Config) -> tuple[Problem, ...]:
    """Not errors: environments that nobody verifies, production that nobody approves, and what options doubt."""
    return tuple(
        problem_at(config.file, config.spots, ("environments", name, *key), message)
        for name, environment in config.environments.items()
        for key, message in _warnings(name, environment)
    )


def is_production(name: str, environment: Environment) -> bool:
    """As it is marked; by its name where it is not."""
    return name.startswith("prod") if environment.production is None else environment.production


def _warnings(name: str, environment: Environment) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not environment.verify:
        yield (), "there is no verify: a release is deployed here, but nobody knows whether it is healthy"
    elif not any(getattr(check, "proves_release", True) for check in environment.verify):
        yield ("verify",), "no check shows which release answers: the old one may be answering still"
    if is_production(name, environment) and environment.approval is None:
        yield (), "no approval is needed: whatever comes this far is deployed at once"
    for key, group in (("test", environment.test), ("verify", environment.verify)):
        yield from (((key, index), doubt) for index, options in enumerate(group) for doubt in options.doubts)

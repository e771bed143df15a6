"""What is allowed in promontory.yaml but worth a second look."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.config.approval import Approval
from promontory.config.document import problem_at
from promontory.config.environment import Environment
from promontory.config.hearing import hearing_doubts
from promontory.config.models import Config
from promontory.config.windows import idle_globs
from promontory.errors import Problem
from promontory.people import People, members


def warnings(config: Config) -> tuple[Problem, ...]:
    """Not errors: environments that nobody verifies or approves, what options doubt, and windows for nobody."""
    production = [name for name, environment in config.environments.items() if is_production(name, environment)]
    return tuple(
        problem_at(config.file, config.spots, ("environments", name, *key), message)
        for name, environment in config.environments.items()
        for key, message in _warnings(name, environment, config)
    ) + tuple(
        problem_at(config.file, config.spots, path, message)
        for path, message in (*idle_globs(config), *hearing_doubts(config, production))
    )


def is_production(name: str, environment: Environment) -> bool:
    """As it is marked; by its name where it is not."""
    return name.startswith("prod") if environment.production is None else environment.production


def _approval_doubts(approval: Approval, config: Config) -> Iterator[str]:
    reachable = members(approval.approvers, config.groups)
    others = len(People(config.people).persons(reachable)) - 1
    if approval.excludes_requester and reachable and others < approval.required:
        few = f"only {others} other{'s' if others > 1 else ''}" if others else "nobody else"
        yield f"exclude_requester: where an approver asks, {few} may approve, and {approval.required} must"
    if approval.remind and approval.expires and approval.remind >= approval.expires:
        yield "remind: the request has expired before anybody is reminded"


def _warnings(name: str, environment: Environment, config: Config) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not environment.verify:
        yield (), "there is no verify: a release is deployed here, but nobody knows whether it is healthy"
    elif not any(getattr(check, "proves_release", True) for check in environment.verify):
        yield ("verify",), "no check shows which release answers: the old one may be answering still"
    if is_production(name, environment) and environment.approval is None:
        yield (), "no approval is needed: whatever comes this far is deployed at once"
    if is_production(name, environment) and environment.after and environment.provenance == "none":
        yield ("provenance",), "no proof is asked for: what was never verified elsewhere may be deployed here"
    if environment.approval:
        yield from ((("approval",), doubt) for doubt in _approval_doubts(environment.approval, config))
    for key, group in (("test", environment.test), ("verify", environment.verify)):
        yield from (((key, index), doubt) for index, options in enumerate(group) for doubt in options.doubts)

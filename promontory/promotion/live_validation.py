"""What `promontory validate --live` adds: the clusters and servers that the checks name, looked at beforehand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

from promontory.checks.contract import Check, Facilities
from promontory.config.document import problem_at
from promontory.errors import Problem, PromontoryError, StrategyError
from promontory.model import Place
from promontory.notifications.contract import Channel
from promontory.options import Remark, Target
from promontory.promotion.observing import facilities
from promontory.promotion.workspace import Workspace


async def live_warnings(workspace: Workspace) -> tuple[Problem, ...]:
    """What every check finds remarkable, for each application that it is to watch; each at its place in the file."""
    means = facilities(workspace)
    checks = await asyncio.to_thread(lambda: list(_checks(workspace)))
    found = await asyncio.gather(*(_remarks(check, target, means) for check, target, _ in checks))
    warnings = (
        _warning(workspace, target.place, number, remark)
        for (_, target, number), remarks in zip(checks, found, strict=True)
        for remark in remarks
    )
    return tuple(sorted({*warnings, *_unset(workspace)}))


def _unset(workspace: Workspace) -> Iterator[Problem]:
    """The variables that hold the addresses of channels: elsewhere they may be set."""
    config = workspace.config
    for index, route in enumerate(config.notifications):
        for name in cast("Channel", route.to).variables:
            if not os.environ.get(name):
                path = ("notifications", index, "to")
                remedy = "set it where Promontory runs; promontory notifications --test shows whether it works"
                yield problem_at(config.file, config.spots, path, f"{name} is not set here", remedy)


def _checks(workspace: Workspace) -> Iterator[tuple[Check, Target, int]]:
    """Every check, what it would watch, and which of its environment it is."""
    snapshot = workspace.snapshot()
    for application, options in workspace.config.applications.items():
        for environment in options.strategies:
            target = Target(Place(application, environment), "")
            with suppress(StrategyError):  # a problem, told elsewhere
                target = Target(target.place, workspace.current(target.place, snapshot) or "")
            for number, check in enumerate(workspace.checks(environment)):
                yield check, target, number


async def _remarks(check: Check, target: Target, means: Facilities) -> tuple[Remark, ...]:
    try:
        return await check.lint(target, means)
    except PromontoryError as error:
        return (Remark(f"{target.fill(check.label)} cannot be looked at: {error.message}", error.remedy),)


def _warning(workspace: Workspace, place: Place, number: int, remark: Remark) -> Problem:
    config, path = workspace.config, ("environments", place.environment, "verify", number)
    return problem_at(config.file, config.spots, path, f"{place.application}: {remark.message}", remark.remedy)

"""`promontory validate`: do configuration and repository agree?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from promontory.cli.printing import say, say_json, say_message
from promontory.cli.source import json_option, open_source, source_options
from promontory.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from promontory.config import Config


@click.command()
@click.option("--live", is_flag=True, help="Also look at the clusters that the checks name.")
@json_option
@source_options
def validate(*, live: bool, as_json: bool) -> int:
    """Check that configuration and repository agree; tell every problem with its place and what to do.

    The files are those at the head of the repository's branch; the configuration is the one in this checkout, so
    that it can be checked before it is pushed. Warnings leave the exit code 0, problems make it 2. With --live, what
    the checks would find unfit in the clusters is a warning, too: objects that are not there, or may not be read.
    """
    try:
        config, problems, warnings = _look(live=live)
    except ConfigurationError as error:
        config, problems, warnings = None, error.problems, ()
    if as_json:
        say_json(_document(config, problems, warnings))
        return 2 if problems else 0
    for warning in warnings:
        say_message(("warning: ", "yellow"), str(warning))
    for problem in problems:
        say_message(("error: ", "red"), str(problem))
    if config and not problems:
        say(("ok: ", "green"), ", ".join(_counted(config)))
    return 2 if problems else 0


def _look(*, live: bool) -> tuple[Config, Sequence[Problem], Sequence[Problem]]:
    from promontory import config
    from promontory.promotion import validation
    from promontory.promotion.live_validation import live_warnings

    workspace = open_source()
    found = (*config.warnings(workspace.config), *validation.warnings(workspace), *validation.forge_warnings(workspace))
    if live:
        found = (*found, *asyncio.run(live_warnings(workspace)))
    return workspace.config, validation.problems(workspace), found


def _counted(config: Config) -> list[str]:
    groups = {"application": config.applications, "environment": config.environments}
    return [f"{len(group)} {noun}{'' if len(group) == 1 else 's'}" for noun, group in groups.items()]


def _document(config: Config | None, problems: Sequence[Problem], warnings: Sequence[Problem]) -> dict[str, object]:
    return {
        "ok": not problems,
        "applications": list(config.applications) if config else [],
        "environments": list(config.environments) if config else [],
        "problems": [asdict(problem) for problem in problems],
        "warnings": [asdict(warning) for warning in warnings],
    }

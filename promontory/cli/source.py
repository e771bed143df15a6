"""The options that every command shares: which repository, which configuration, how to print."""

from __future__ import annotations

import getpass
import logging
import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promontory.cli.terminal import Narrator
from promontory.escaping.plain import one_line

if TYPE_CHECKING:
    from promontory.promotion.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])


def source_options(command: Command) -> Command:
    """``--repository``, ``--config``, ``--verbose``: they become settings for everything that runs in this process."""

    @click.option("--repository", metavar="URL", help="The GitOps repository (default: this checkout's origin).")
    @click.option("--config", metavar="FILE", help="The configuration (default: promontory.yaml in the repository).")
    @click.option("-v", "--verbose", is_flag=True, help="Show the log of what is done.")
    @wraps(command)
    def with_source(*arguments: Any, repository: str | None, config: str | None, verbose: bool, **named: Any) -> Any:
        if repository:
            os.environ["PROMONTORY_REPOSITORY"] = repository
        if config:
            os.environ["PROMONTORY_CONFIG"] = config
        narrate(logging.DEBUG if verbose else logging.WARNING)
        return command(*arguments, **named)

    return with_source  # type: ignore[return-value]


def narrate(level: int = logging.INFO) -> None:
    """Show the core's log on the terminal, from ``level`` on."""
    logger = logging.getLogger("promontory")
    logger.handlers = [handler for handler in logger.handlers if not isinstance(handler, Narrator)]
    logger.addHandler(Narrator())
    logger.setLevel(level)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout, nothing else.")
as_option = click.option(
    "--as", "by", metavar="NAME", default=None, help="Who you are (default: Git's user, or yours)."
)


def whoami(by: str | None) -> str:
    """The name that goes into the ledger: as given, else Git's ``user.name <user.email>``, else the login name."""
    from promontory.repository import configured_person

    return one_line(by or configured_person() or getpass.getuser())


def open_source(by: str = "nobody", *, offline: bool = False) -> Workspace:
    """The workspace that the options and the environment name, fetched; ``by`` signs what is recorded."""
    from promontory.cli.telling import telling
    from promontory.cli.waking import waking_next
    from promontory.promotion.location import open_workspace
    from promontory.promotion.workspace import Actor
    from promontory.settings import read_settings

    return waking_next(telling(open_workspace(read_settings(), Actor(by), offline=offline)))

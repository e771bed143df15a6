"""The arguments that commands share: checked early, and completed from the configuration at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from promontory.errors import UsageError
from promontory.release import check_release

_A_PAIR = 2


def _offered(context: click.Context, what: str, incomplete: str) -> list[CompletionItem]:
    """Names for the shell: never from the network, never an error. Options typed so far count."""
    from promontory.promotion.choices import choices_offline

    for name in ("repository", "config"):
        if given := context.params.get(name):
            os.environ[f"PROMONTORY_{name.upper()}"] = given
    names: tuple[str, ...] = getattr(choices_offline(), what)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_application(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _offered(context, "applications", incomplete)


def complete_environment(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _offered(context, "environments", incomplete)


def _checked(_context: click.Context, _parameter: click.Parameter, release: str) -> str:
    return check_release(release)


def _complete_move(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Applications: the first word, and every word of the form APPLICATION=RELEASE up to its ``=``."""
    named = context.params.get("moves") or ()
    return [] if named and "=" not in str(named) else complete_application(context, parameter, incomplete)


def read_moves(words: Sequence[str]) -> dict[str, str]:
    """``web-app v1.3.0``, or ``web-app=v1.3.0 api=v2.1.0`` for several that move together: application → release.

    Raises `UsageError` for anything else, and what `check_release` raises.
    """
    pairs = [word.partition("=") for word in words]
    if all(mark for _, mark, _ in pairs):
        moves = [(application, release) for application, _, release in pairs]
    elif len(words) == _A_PAIR and not any(mark for _, mark, _ in pairs):
        moves = [(words[0], words[1])]
    else:
        remedy = "write `web-app v1.3.0`, or `web-app=v1.3.0 api=v2.1.0` for several that move together"
        raise UsageError(f"{' '.join(words)!r} does not say which release of which application", remedy)
    names = [application for application, _ in moves]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"{twice[0]} is named twice", "give each application one release")
    return {application: check_release(release) for application, release in moves}


def _moves(_context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]) -> dict[str, str]:
    return read_moves(words)


moves_argument = click.argument(
    "moves",
    nargs=-1,
    required=True,
    metavar="APPLICATION RELEASE | APPLICATION=RELEASE...",
    callback=_moves,
    shell_complete=_complete_move,
)
application_argument = click.argument("application", shell_complete=complete_application)
optional_application = click.argument("application", required=False, default="", shell_complete=complete_application)
environment_argument = click.argument("environment", shell_complete=complete_environment)
release_argument = click.argument("release", callback=_checked)
to_option = click.option(
    "--to",
    default="all",
    metavar="ENVIRONMENT",
    shell_complete=complete_environment,
    help="How far (default: through every environment).",
)

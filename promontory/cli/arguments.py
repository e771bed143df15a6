"""The arguments that commands share: checked early, and completed from the configuration at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from promontory.errors import UsageError
from promontory.escaping.plain import one_line
from promontory.release import WORDS, check_release, is_range

Command = TypeVar("Command", bound=Callable[..., Any])
_A_PAIR = 2
# A range has an = as well, but what stands before it there is no name.
_NAMED = re.compile(r"([^\s<>=!~^*|,]+)=(.*)", re.DOTALL)


def _offered(context: click.Context, what: str, incomplete: str) -> list[CompletionItem]:
    """Names for the shell: never from the network, never an error. Options typed so far count."""
    from promontory.promotion.choices import choices_offline

    _heed_options(context)
    names: tuple[str, ...] = getattr(choices_offline(), what)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _heed_options(context: click.Context) -> None:
    for name in ("repository", "config"):
        if given := context.params.get(name):
            os.environ[f"PROMONTORY_{name.upper()}"] = given


def complete_application(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _offered(context, "applications", incomplete)


def complete_environment(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _offered(context, "environments", incomplete)


def complete_route(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _offered(context, "routes", incomplete)


def complete_request(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from promontory.promotion.choices import requests_offline

    _heed_options(context)
    return [
        CompletionItem(each.id, help=one_line(f"{each.application} {each.release} for {each.environment}"))
        for each in requests_offline()
        if each.id.startswith(incomplete)
    ]


def complete_kind(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from promontory.entry import KINDS

    return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


def _checked(_context: click.Context, _parameter: click.Parameter, release: str) -> str:
    return check_release(release)


downgrade_option = click.option(
    "--allow-downgrade", is_flag=True, help="Promote it even where an environment runs a newer release."
)


unattended_option = click.option(
    "--unattended", is_flag=True, help="No human asks for just this release now, e.g. in CI: it counts as automatic."
)


break_glass_option = click.option(
    "--break-glass", is_flag=True, help="An emergency: pass closed gates, straight into --to; needs --reason."
)


def terms_options(command: Command) -> Command:
    """On what terms a release is promoted, as the parameters of the flow that differ from its defaults: ``terms``."""

    @downgrade_option
    @unattended_option
    @break_glass_option
    @click.option("--reason", metavar="TEXT", default="", help="With --break-glass: why.")
    @wraps(command)
    def with_terms(
        *arguments: Any, allow_downgrade: bool, unattended: bool, break_glass: bool, reason: str, **named: Any
    ) -> Any:
        if break_glass != bool(reason.strip()):
            raise click.UsageError("--break-glass and --reason go together")
        said: dict[str, object] = {"allow_downgrade": allow_downgrade, "unattended": unattended}
        said |= {"break_glass": break_glass, "reason": reason}
        return command(*arguments, terms={name: value for name, value in said.items() if value}, **named)

    return with_terms  # type: ignore[return-value]


def _complete_move(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Applications: the first word, and every word of the form APPLICATION=RELEASE up to its ``=``. Then releases."""
    named = tuple(context.params.get("moves") or ())
    if named and not any(_NAMED.fullmatch(word) for word in named):
        return [CompletionItem(word) for word in WORDS if word.startswith(incomplete) and len(named) == 1]
    return complete_application(context, parameter, incomplete)


def read_moves(words: Sequence[str]) -> dict[str, str]:
    """``web-app v1.3.0``, or ``web-app=v1.3.0 api=v2.1.0`` for several that move together: application → release.

    A word, or a range of versions, may stand for a release. Raises `UsageError` for anything else, and what
    `check_release` raises.
    """
    pairs = [pair for word in words if (pair := _NAMED.fullmatch(word))]
    if len(pairs) == len(words):
        moves = [(pair[1], pair[2]) for pair in pairs]
    elif len(words) == _A_PAIR and not pairs:
        moves = [(words[0], words[1])]
    else:
        remedy = "write `web-app v1.3.0`, or `web-app=v1.3.0 api=v2.1.0` for several that move together"
        raise UsageError(f"{' '.join(words)!r} does not say which release of which application", remedy)
    names = [application for application, _ in moves]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"{twice[0]} is named twice", "give each application one release")
    return {application: _checked_asked(release) for application, release in moves}


def _checked_asked(asked: str) -> str:
    if is_range(asked):
        from promontory.promotion.resolving import check_asked

        return check_asked(asked)
    return asked if asked in WORDS else check_release(asked)


def _moves(
    context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]
) -> dict[str, str] | tuple[str, ...]:
    """What is typed so far, where the shell only wants to complete it."""
    return words if context.resilient_parsing else read_moves(words)


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
environment_option = click.option(
    "--environment", metavar="NAME", default="", shell_complete=complete_environment, help="Only this one."
)
release_argument = click.argument("release", callback=_checked)
to_option = click.option(
    "--to",
    default="all",
    metavar="ENVIRONMENT",
    shell_complete=complete_environment,
    help="How far (default: through every environment).",
)

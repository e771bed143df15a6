"""The arguments that commands share: checked early, and completed from the configuration at hand."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem

from promontory.release import check_release


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

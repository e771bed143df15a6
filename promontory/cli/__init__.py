"""The `promontory` command: one file a command, imported when it is called, so that each starts quickly."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from io import StringIO, TextIOWrapper

import click

from promontory import __version__
from promontory.cli.printing import say, say_message, say_text
from promontory.errors import ConfigurationError, PromontoryError, UsageError
from promontory.suggestion import suggest

INTERRUPTED = 130

# Command → (module under promontory.cli, one line of help); in the order of the help page.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("init", "Write a first promontory.yaml, from what is in the repository."),
    "validate": ("validate", "Check that configuration and repository agree."),
    "plan": ("plan", "Show the exact diff that would be pushed, and which gates are open."),
    "windows": ("windows", "Show when a release may come, and whether Argo CD would sync it."),
    "releases": ("releases", "List an application's releases, newest first, and the one its policy chooses."),
    "promote": ("promote", "Promote a release: test, push, verify, revert where needed."),
    "status": ("status", "Show which release runs where, since when, and how it is."),
    "explain": ("explain", "Say why a release is not there yet, why another one is, and what to type next."),
    "history": ("history", "Show what happened, from the ledger."),
    "audit": ("audit", "Prove that the record is whole, and show who approved exactly what."),
    "pending": ("pending", "List the approvals that are waited for."),
    "approve": ("approve", "Say yes to a waiting promotion."),
    "reject": ("approve", "Say no to a waiting promotion."),
    "rollback": ("rollback", "Take an environment back to an earlier release."),
    "hold": ("hold", "List, add and lift holds on releases."),
    "notifications": ("notifications", "List who is told of what; --test sends a message."),
    "trigger": ("trigger", "Start a promotion on a Prefect server, e.g. from CI."),
    "serve": ("serve", "Run everything here: Prefect server, UI and deployments."),
    "runbook": ("runbook", "Write the process as it is configured, for people."),
    "schema": ("schema", "Print the JSON Schema of promontory.yaml."),
    "settings": ("settings", "List the PROMONTORY_… environment variables."),
    "completion": ("completion", "Print the script for completion in your shell."),
    "demo": ("demo", "See it work, on a sample repository and a small cluster."),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command is called or asked for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"promontory.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 — the dict above names it
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f'no command "{args[0]}"{suggest(args[0], COMMANDS)}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="promontory")
def promontory() -> None:
    """Move applications from environment to environment through Git.

    Run it in a checkout of your GitOps repository (the one with promontory.yaml), or name the repository with
    --repository or PROMONTORY_REPOSITORY. `promontory init` writes a first promontory.yaml, `promontory demo` shows it
    at work.

    \b
    Exit codes:
      0  done, or nothing to do
      2  usage or configuration error
      3  not allowed: a gate is closed, tests failed, rejected, held, or an approval is missing
      4  unhealthy, and reverted
      5  unhealthy, and not taken back: the revert failed, or waits to be merged
      6  audit verify: the record is not as it was written
      1  anything unexpected;  130  interrupted with Ctrl-C
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: every error of ours is one message and one exit code, never a traceback."""
    _encode_anything()
    try:
        _check_text(sys.argv[1:] if arguments is None else arguments)
        code = promontory.main(arguments, prog_name="promontory", standalone_mode=False)
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        say_text(shown.getvalue(), error=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("", error=True)
        say("interrupted. Whatever was pushed is recorded; the same command goes on from there.", error=True)
        code = INTERRUPTED
    except PromontoryError as error:
        _say_error(error)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (`| head`): nobody is there to be told
        code = 1
    except Exception as error:
        if os.environ.get("PROMONTORY_DEBUG"):
            raise
        say_message(("unexpected error: ", "red"), f"{type(error).__name__}: {error}")
        say("  → with PROMONTORY_DEBUG=1 it shows where; that belongs into a bug report", error=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _say_error(error: PromontoryError) -> None:
    """Each problem of a configuration begins at the margin, as compilers have it."""
    if isinstance(error, ConfigurationError):
        first, *others = error.problems
        say_message(("error: ", "red"), str(first))
        for problem in others:
            say_message("", str(problem))
    else:
        say_message(("error: ", "red"), str(error))


def _check_text(arguments: Sequence[str]) -> None:
    """What is typed gets into commits, entries and parameters, all of which are UTF-8."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            remedy = "does the terminal, or the script, write UTF-8?"
            raise UsageError(f"the argument {argument!r} is not UTF-8 text", remedy) from None


def _encode_anything() -> None:
    """Where the encoding of a stream has no place for a character, its escape is shown."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

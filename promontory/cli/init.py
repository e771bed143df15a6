"""`promontory init`: the first promontory.yaml, from what the repository looks like."""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promontory.cli.printing import say, say_json, say_table, say_text
from promontory.cli.source import json_option, narrate
from promontory.errors import UsageError
from promontory.escaping.plain import one_line
from promontory.release import shown

if TYPE_CHECKING:
    from promontory.discovery.findings import Proposal
    from promontory.discovery.looking import Look, Origin

_FILE = "promontory.yaml"


@click.command()
@click.argument("path", required=False, default=None, type=click.Path())
@click.option("--repository", metavar="URL", help="Look at this repository instead; it is fetched, not checked out.")
@click.option("--output", metavar="FILE", type=click.Path(), help=f"Where to write (default: {_FILE}; -: to stdout).")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what the names suggest.")
@json_option
def init(
    path: str | None, repository: str | None, output: str | None, *, force: bool, yes: bool, as_json: bool
) -> None:
    """Write a promontory.yaml for the GitOps repository at PATH (default: the checkout that you are in).

    It looks at what was pushed to the repository's branch: overlays and kustomizations, patches, Helm values,
    HelmReleases, Applications, ApplicationSets, markers of image policies, branches and tags that are called like
    environments. What it proposes works: each place has been read by the strategy that will write there. Where it
    is not sure, a comment asks; nothing is pushed.
    """
    from promontory.discovery.looking import checked, find_origin, look
    from promontory.settings import read_settings

    narrate(logging.WARNING)
    origin = find_origin(read_settings(), repository or path)
    target = _target(output, origin)
    _refuse_to_overwrite(target, force=force)
    seen = look(read_settings(), origin.url)
    if seen.configured and not force and origin.top is None:
        remedy = "with --force a new one is written here; the repository's own stays as it is"
        raise UsageError(f"{seen.url} has a {_FILE} already ({seen.where})", remedy)
    if target and not as_json:
        _tell_found(seen, seen.propose())
    proposal = _decided(seen, ask_questions=not (yes or as_json) and sys.stdin.isatty() and sys.stderr.isatty())
    text = seen.text(proposal)
    checked(text, _FILE)
    if target:
        target.write_text(text, encoding="utf-8")
    if as_json:
        say_json(_document(seen, proposal, text, target, origin))
    elif target:
        _tell_written(proposal, target, _next(seen, proposal, target, origin))
    else:
        say_text(text)


def _decided(seen: Look, *, ask_questions: bool) -> Proposal:
    if not ask_questions:
        return seen.propose()
    from promontory.cli.init_questions import ask

    return seen.propose(ask(seen.propose()))


def _target(output: str | None, origin: Origin) -> Path | None:
    """At the top of the checkout, else here; None: stdout."""
    if output == "-":
        return None
    return Path(output) if output else (origin.top or Path()) / _FILE


def _refuse_to_overwrite(target: Path | None, *, force: bool) -> None:
    if target is None:
        return
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise UsageError(f"{target} cannot be written", "name a file in a directory that exists with --output")
    if (target.exists() or target.is_symlink()) and not force:
        raise UsageError(
            f"there is a {target} already", "overwrite it with --force, or write elsewhere with --output FILE"
        )


def _tell_found(seen: Look, proposal: Proposal) -> None:
    from promontory.discovery.looking import counted

    say(("looked at ", "dim"), f"{one_line(seen.url)}, {seen.where}: {counted(len(seen.seen.paths))}")
    say_table(("Application", "Runs", "As seen in"), _found(seen, proposal), {})
    for note in proposal.notes:
        say(("note: ", "yellow"), note)
    say("")


def _tell_written(proposal: Proposal, target: Path, commands: Sequence[str]) -> None:
    questions = len(proposal.questions)
    asks = f'; {questions} question{"s" if questions > 1 else ""} about what was found, see "# ?"' if questions else ""
    say(("wrote ", "green"), f"{_shown(target)}{asks}")
    say("next:")
    for command in commands:
        say("  ", (command, "bold"))


def _shown(target: Path) -> Path:
    """As it is called from here."""
    here = Path.cwd()
    return target.relative_to(here) if target.is_absolute() and target.is_relative_to(here) else target


def _found(seen: Look, proposal: Proposal) -> list[tuple[str, str, str]]:
    from promontory.discovery.composing import by_application

    places = by_application(seen.evidence)
    return [
        (
            application.name,
            ", ".join(f"{name} {shown(release) or '—'}" for name, release in application.current.items()),
            " and ".join(dict.fromkeys(proven.layout for proven in places[application.name].values())),
        )
        for application in proposal.applications
    ]


def _next(seen: Look, proposal: Proposal, target: Path | None, origin: Origin) -> tuple[str, ...]:
    """What to type from here: commands that work as they stand."""
    from promontory.discovery.proving import plannable_release

    first = proposal.applications[0]
    environment = next(iter(first.current))
    current = next((current for current in first.current.values() if current), None)
    release = plannable_release(seen.seen, first.strategy["kind"], current)
    where = _where(target, origin, seen.url)
    return (
        f"promontory validate{where}",
        f"promontory plan {first.name} {release} --to {environment}{where}",
    )


def _where(target: Path | None, origin: Origin, url: str) -> str:
    """Options that the commands need to find repository and file from here; ``url`` is the one that may be shown."""
    known = origin.origin and origin.top is not None and Path.cwd().is_relative_to(origin.top.resolve())
    repository = "" if known else f" --repository {shlex.quote(url)}"
    config = (
        "" if known and target == (origin.top or Path()) / _FILE else f" --config {shlex.quote(str(target or _FILE))}"
    )
    return repository + config


def _document(seen: Look, proposal: Proposal, text: str, target: Path | None, origin: Origin) -> dict[str, object]:
    return {
        "repository": seen.url,
        "looked_at": seen.where,
        "written": str(target) if target else None,
        "applications": {
            application.name: {"current": dict(application.current), "questions": application.questions}
            for application in proposal.applications
        },
        "environments": {environment.name: environment.after for environment in proposal.environments},
        "questions": proposal.questions,
        "notes": proposal.notes,
        "next": _next(seen, proposal, target, origin),
        "text": text,
    }

"""`promontory runbook`: the process as it is configured, as a page for people."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import click

from promontory.cli.printing import say, say_diff, say_text
from promontory.cli.source import source_options
from promontory.errors import UsageError

_PAGE = "docs/promotion.md"
_MOST_LINES = 40
_OUT_OF_DATE = 1


@click.command()
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write it there (default: stdout).")
@click.option("--check", is_flag=True, help=f"Write nothing; exit with 1 if FILE (default: {_PAGE}) is out of date.")
@source_options
def runbook(output: str | None, *, check: bool) -> int:
    """Write the process as promontory.yaml has it, as a Markdown page for people.

    What a release has to pass on its way, environment by environment; who approves; how it goes back; whom to call; and
    the pipeline as a Mermaid graph. The same promontory.yaml always gives the same page: commit it, and let CI run
    `promontory runbook --check`.
    """
    from promontory.promotion.location import find_config
    from promontory.runbook import runbook as page_of
    from promontory.settings import read_settings

    page = page_of(find_config(read_settings()))
    if check:
        return _compare(Path(output or _PAGE), page)
    if output is None:
        say_text(page)
        return 0
    return _write(Path(output), page)


def _write(path: Path, page: str) -> int:
    if _read(path) == page:
        say(("ok: ", "green"), f"{path} is up to date")
        return 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "choose another --output") from None
    say(("written: ", "green"), str(path))
    return 0


def _compare(path: Path, page: str) -> int:
    there = _read(path)
    if there == page:
        say(("ok: ", "green"), f"{path} is up to date")
        return 0
    why = "does not exist" if there is None else "is not what promontory.yaml says"
    say(("out of date: ", "red"), f"{path} {why}", error=True)
    if there is not None:
        lines = [*unified_diff(there.splitlines(), page.splitlines(), str(path), "promontory.yaml", n=1, lineterm="")]
        say_diff("\n".join(lines[:_MOST_LINES]), "  ", error=True)
        if len(lines) > _MOST_LINES:
            say(f"  … and {len(lines) - _MOST_LINES} lines more", error=True)
    say(f"  → promontory runbook --output {path}", error=True)
    return _OUT_OF_DATE


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {reason}", "name another file with --output") from None

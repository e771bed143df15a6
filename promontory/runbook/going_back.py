"""How a release is taken back: by itself, by hand, and what is left to do where that failed."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.config import Config
from promontory.escaping.markdown import bold, fence
from promontory.runbook.words import listed

_COMMANDS = (
    "promontory rollback APPLICATION ENVIRONMENT --reason WHY",
    "promontory rollback APPLICATION ENVIRONMENT --to RELEASE --reason WHY",
)


def going_back(config: Config) -> Iterator[str]:
    """Paragraphs of Markdown."""
    watched = [bold(name) for name, environment in config.environments.items() if environment.verify]
    unwatched = [bold(name) for name, environment in config.environments.items() if not environment.verify]
    if watched:
        yield (
            f"In {listed(watched)} a release that does not become healthy goes back by itself. It waits for no "
            "approval and no window, undoes only that promotion, and keeps what others have changed since."
        )
    if unwatched:
        yield f"In {listed(unwatched)} nothing looks, so nothing goes back by itself."
    yield "By hand, at any time, to the last release that was verified there, or to another one:"
    yield fence("\n".join(_COMMANDS), "sh")
    yield (
        "What went back is held, and cannot come again until somebody lifts that: "
        "`promontory hold lift APPLICATION ENVIRONMENT RELEASE`. `promontory hold list` shows what is held, and why."
    )
    yield (
        "A command that ends with exit code 5 (a run that ends as `RevertFailed`) could not make the environment "
        "healthy again: somebody has to look now. It says which commit, files and commands it is about; "
        "`promontory history APPLICATION --environment ENVIRONMENT` shows what has happened."
    )

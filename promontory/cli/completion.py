"""`promontory completion`: the script that makes the shell complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash  promontory completion bash > ~/.local/share/bash-completion/completions/promontory
    zsh   promontory completion zsh > ~/.zfunc/_promontory
          and in ~/.zshrc, before compinit: fpath+=~/.zfunc
    fish  promontory completion fish > ~/.config/fish/completions/promontory.fish

    Applications and environments are those of the promontory.yaml at hand, or of PROMONTORY_REPOSITORY as of the
    last time it was fetched.
    """
    from promontory.cli import promontory

    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 — click has these three
    click.echo(script(promontory, {}, "promontory", "_PROMONTORY_COMPLETE").source())

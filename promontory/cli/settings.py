"""`promontory settings`: the environment variables, and which of them are set."""

from __future__ import annotations

import os

import click

from promontory.cli.printing import say_table


@click.command()
def settings() -> None:
    """List the PROMONTORY_… environment variables: which are set, what they mean. Values are never shown."""
    from promontory.settings import read_settings, variables

    rows = [
        (variable.name, "set" if os.environ.get(variable.name) else "", variable.default, variable.description)
        for variable in variables()
    ]
    say_table(("Variable", "Set", "Default", "Meaning"), rows, {"set": "green"})
    read_settings()

"""`promontory schema`: for completion and checking in editors."""

from __future__ import annotations

import click

from promontory.cli.printing import say_json


@click.command()
def schema() -> None:
    """Print the JSON Schema of promontory.yaml.

    \b
    Save it, and name it in the first line of promontory.yaml:
      promontory schema > promontory.schema.json
      # yaml-language-server: $schema=promontory.schema.json
    """
    from promontory.config import schema as schema_of
    from promontory.promotion.vocabulary import VOCABULARY

    say_json(schema_of(VOCABULARY))

"""What a command imports before it does its work: a budget of modules, since seconds differ between machines."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pkgutil import walk_packages

import pytest
from pydantic import BaseModel

import promontory
from tests.cli.conftest import Sample

# Each in turn, in one process: what the later ones may not import, the earlier ones may not either.
RUN = """\
import json, sys
from contextlib import redirect_stdout
from promontory.cli import main
imported = {}
for command in json.loads(sys.argv[1]):
    try:
        with redirect_stdout(sys.stderr):
            main(command)
    except SystemExit as ended:
        assert ended.code == 0, (command, ended.code)
    imported[command[0]] = sorted(sys.modules)
print(json.dumps(imported))
"""
TEXTS = (["--help"], ["completion", "bash"])
VIEWS = (["status"], ["history"], ["windows"])
OTHERS = (
    ["pending"],
    ["plan", "web-app", "v1.3.0", "--to", "staging"],
    ["explain", "web-app", "production", "v1.3.0", "--offline"],
    ["validate"],
)
# Slow ones, which no command needs that only looks at Git.
SLOW = {
    *("apprise", "cronsim", "dotenv", "fastapi", "httpx", "jsonpath_rfc9535", "kubernetes", "pathspec", "prefect"),
    *("pydantic_settings", "requests", "rich", "sqlalchemy", "websockets"),
    *("promontory.forges.client", "promontory.forges.github", "promontory.releases.registry"),
    *("promontory.discovery", "promontory.exchange.client", "promontory.runbook", "promontory.sandbox"),
}
# What is there to promote: whoever only looks has nothing to do with it.
PROMOTING = {
    *("semver", "promontory.approvals", "promontory.gates", "promontory.rendering", "promontory.signatures"),
    *("promontory.promotion.delivery", "promontory.promotion.planning", "promontory.promotion.survey"),
}
READING = {"asyncio", "git", "pydantic", "yaml", "promontory.config", "promontory.promotion"}


@pytest.fixture
def imported(sample: Sample) -> dict[str, set[str]]:
    """Command → all modules by its end."""
    commands = json.dumps([*TEXTS, *VIEWS, *OTHERS])
    ended = subprocess.run([sys.executable, "-c", RUN, commands], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return {command: set(modules) for command, modules in json.loads(ended.stdout).items()}


def test_no_command_imports_more_than_it_needs(imported: dict[str, set[str]]) -> None:
    budget = [
        *((command, SLOW | PROMOTING | READING) for command in TEXTS),
        *((command, SLOW | PROMOTING) for command in VIEWS),
        *((command, SLOW) for command in OTHERS),
    ]

    assert {command[0]: needless for command, kept_out in budget if (needless := imported[command[0]] & kept_out)} == {}


def test_models_that_are_built_when_they_are_used_can_be() -> None:
    for module in walk_packages(promontory.__path__, "promontory."):
        if not module.name.endswith("__main__"):
            import_module(module.name)

    models = [model for model in _below(BaseModel) if model.__module__.startswith("promontory.")]

    assert len(models) > 100
    for model in models:
        assert model.model_rebuild() in (None, True), model


def _below(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [each for below in model.__subclasses__() for each in (below, *_below(below))]
